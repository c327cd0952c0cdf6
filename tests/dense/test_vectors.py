"""Data sets of pictures as vectors: the right ones, once each, whatever happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lsr_opensearch.datasets.dataset import DenseDataset, PictureDataset
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import DenseModel, load_dense_model, shards
from lsr_opensearch.dense.fingerprint import fingerprint
from lsr_opensearch.dense.look_ahead import look_ahead
from lsr_opensearch.dense.settings import EncodingSettings
from lsr_opensearch.dense.vectors import encode_into
from lsr_opensearch.errors import (
    DatasetError,
    EncodingError,
    ImageError,
    LsrError,
    ModelError,
    UsageError,
)
from tests.conftest import draw_picture
from tests.dense.toys import tokens

SETTINGS = EncodingSettings(batch=2, workers=2)
COLOURS = ("red", "green", "blue", "white", "black", "orange", "brown")


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


@pytest.fixture
def model(blip: Path) -> DenseModel:
    return load_dense_model(blip)


@pytest.fixture
def pictures(tmp_path: Path) -> PictureDataset:
    """Seven, of two captions each."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    files = [draw_picture(folder / f"{name}.png", name, n) for n, name in enumerate(COLOURS)]
    return PictureDataset(
        image_ids=COLOURS,
        image_splits=("train",) * 5 + ("val", "test"),
        caption_ids=tuple(f"{name} {number}" for name in COLOURS for number in range(2)),
        captions=tuple(f"{a} {name} dog" for name in COLOURS for a in ("a", "the")),
        image_of_caption=np.repeat(np.arange(7), 2),
        image_files=tuple(files),
    )


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 3)


def encode(
    pictures: PictureDataset,
    model: DenseModel,
    out: Path,
    settings: EncodingSettings = SETTINGS,
    on_progress: Callable[[int, int], None] | None = None,
) -> DenseDataset:
    root = pictures.image_files[0].parent if pictures.image_files else out
    return encode_into(out, pictures, root, model, settings, on_progress).dataset


def killing_at(limit: int) -> Callable[[int, int], None]:
    def on_progress(done: int, total: int) -> None:
        if done >= limit:
            raise Killed

    return on_progress


def spoil(file: Path) -> None:
    """As many bytes, which are no picture."""
    file.write_bytes(b"\0" * file.stat().st_size)


def test_the_vectors_are_those_of_the_towers_one_by_one(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    encode(pictures, model, tmp_path / "out")
    found = read_dataset(tmp_path / "out")
    assert (found.image_ids, found.image_splits) == (pictures.image_ids, pictures.image_splits)
    assert (found.captions, found.caption_ids) == (pictures.captions, pictures.caption_ids)
    assert model.image is not None
    for file, vector in zip(pictures.image_files, found.image_vectors, strict=True):
        pixels = torch.from_numpy(model.image.picture_input.pixels(file))
        assert np.abs(model.image(pixels[None])[0].numpy() - vector).max() < 1e-5
    for caption, vector in zip(pictures.captions, found.caption_vectors, strict=True):
        expected = model.text(*tokens(model.text.tokenizer_file, [caption]))[0]
        assert np.abs(expected.numpy() - vector).max() < 1e-5


def test_nothing_but_the_data_set_is_left(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    encode(pictures, model, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "img_embs.parquet",
        "text_embs.parquet",
        "dataset_meta.json",
    }
    assert '"filename": "red.png"' in (tmp_path / "out" / "dataset_meta.json").read_text()


@pytest.mark.parametrize("killed_at", [3, 7, 10, 21])
def test_a_kill_anywhere_changes_nothing(
    killed_at: int, pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    whole = encode(pictures, model, tmp_path / "whole")
    with pytest.raises(Killed):
        encode(pictures, model, tmp_path / "out", on_progress=killing_at(killed_at))
    with pytest.raises(DatasetError):
        read_dataset(tmp_path / "out")
    resumed = encode(pictures, model, tmp_path / "out")
    assert np.array_equal(resumed.image_vectors, whole.image_vectors)
    assert np.array_equal(resumed.caption_vectors, whole.caption_vectors)


def test_what_is_done_is_not_looked_at_again(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        encode(pictures, model, tmp_path / "out", on_progress=killing_at(6))
    for file in pictures.image_files[:6]:
        spoil(file)
    told: list[tuple[int, int]] = []
    encode(pictures, model, tmp_path / "out", on_progress=lambda *now: told.append(now))
    assert told[:3] == [(3, 21), (6, 21), (7, 21)]
    assert told[-1] == (21, 21)


def test_a_shard_that_was_being_written_does_not_count(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        encode(pictures, model, tmp_path / "out", on_progress=killing_at(3))
    (tmp_path / "out" / "shards" / "images-00000003.new").write_bytes(b"half")
    assert len(encode(pictures, model, tmp_path / "out").image_ids) == 7


@pytest.fixture
def begun(pictures: PictureDataset, model: DenseModel, tmp_path: Path) -> Path:
    """A folder with one shard."""
    with pytest.raises(Killed):
        encode(pictures, model, tmp_path / "out", on_progress=killing_at(3))
    return tmp_path / "out"


def test_another_model_does_not_go_on(begun: Path, pictures: PictureDataset, clip: Path) -> None:
    with pytest.raises(EncodingError, match="begun with another dense model"):
        encode(pictures, load_dense_model(clip), begun)


def test_another_precision_does_not_go_on(
    begun: Path, pictures: PictureDataset, model: DenseModel
) -> None:
    with pytest.raises(EncodingError, match="begun with another precision"):
        encode(pictures, model, begun, replace(SETTINGS, precision="bf16"))


def test_other_pictures_do_not_go_on(
    begun: Path, pictures: PictureDataset, model: DenseModel
) -> None:
    with pytest.raises(EncodingError, match="begun with other pictures or captions"):
        encode(pictures.part([1, 2, 3, 4]), model, begun)


def test_a_picture_of_another_size_is_another_one(
    begun: Path, pictures: PictureDataset, model: DenseModel
) -> None:
    with open(pictures.image_files[0], "ab") as file:
        file.write(b"more")
    with pytest.raises(EncodingError, match="begun with other pictures or captions"):
        encode(pictures, model, begun)


def test_a_damaged_shard_is_told(begun: Path, pictures: PictureDataset, model: DenseModel) -> None:
    (begun / "shards" / "images-00000000.safetensors").write_bytes(b"\0" * 50)
    with pytest.raises(EncodingError, match=r"images-00000000.* cannot be read.* Delete it"):
        encode(pictures, model, begun)


def test_a_finished_data_set_is_not_written_over(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    encode(pictures, model, tmp_path / "out")
    with pytest.raises(UsageError, match="is a data set already"):
        encode(pictures, model, tmp_path / "out")


def test_a_picture_that_cannot_be_read_is_named(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    spoil(pictures.image_files[4])
    with pytest.raises(ImageError, match=r"black\.png.*--skip-bad"):
        encode(pictures, model, tmp_path / "out")


def test_pictures_left_out_take_their_captions_along(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    whole = encode(pictures, model, tmp_path / "whole")
    spoil(pictures.image_files[0])
    pictures.image_files[4].unlink()
    skipping = replace(SETTINGS, skip_bad=True)
    root = pictures.image_files[0].parent
    encoded = encode_into(tmp_path / "out", pictures, root, model, skipping)
    assert set(encoded.left_out) == {pictures.image_files[0], pictures.image_files[4]}
    found = read_dataset(tmp_path / "out")
    kept = [1, 2, 3, 5, 6]
    assert found.image_ids == tuple(COLOURS[row] for row in kept)
    assert found.captions == tuple(
        caption for row in kept for caption in pictures.captions[2 * row : 2 * row + 2]
    )
    assert np.abs(found.image_vectors - whole.image_vectors[kept]).max() < 1e-5


def test_what_was_left_out_before_is_told_again(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    spoil(pictures.image_files[0])
    skipping = replace(SETTINGS, skip_bad=True)
    with pytest.raises(Killed):
        encode(pictures, model, tmp_path / "out", skipping, killing_at(3))
    with pytest.raises(ImageError, match=r"red\.png.*--skip-bad"):
        encode(pictures, model, tmp_path / "out")
    root = pictures.image_files[0].parent
    encoded = encode_into(tmp_path / "out", pictures, root, model, skipping)
    assert [file.name for file in encoded.left_out] == ["red.png"]


def test_too_little_memory_suggests_smaller_batches(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    def on_progress(done: int, total: int) -> None:
        raise torch.cuda.OutOfMemoryError

    with pytest.raises(EncodingError, match=r"batches of 2\. Ask for smaller ones: --batch 1"):
        encode(pictures, model, tmp_path / "out", on_progress=on_progress)


def test_half_precision_is_near_and_not_the_same(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    full = encode(pictures, model, tmp_path / "full")
    half = encode(pictures, model, tmp_path / "half", replace(SETTINGS, precision="bf16"))
    for one, other in (
        (full.image_vectors, half.image_vectors),
        (full.caption_vectors, half.caption_vectors),
    ):
        assert 0 < np.abs(one - other).max() < 0.1
        assert np.allclose(np.linalg.norm(other, axis=1), 1, atol=1e-5)


def test_vectors_that_are_none_are_told(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    assert model.image is not None
    next(model.image.parameters()).fill_(float("nan"))
    with pytest.raises(EncodingError, match=r"vector of 'red \d+' holds NaN"):
        encode(pictures, model, tmp_path / "out")


def test_a_model_of_texts_alone_is_refused(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="reads texts alone"):
        encode(pictures, DenseModel("words", model.text), tmp_path / "out")


def test_sides_of_different_widths_are_refused(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    assert model.image is not None
    model.image.width = 5
    with pytest.raises(ModelError, match="gives 5 numbers for a picture, and 8 for a text"):
        encode(pictures, model, tmp_path / "out")


@pytest.mark.parametrize("device", ["abacus", "cuda:99"])
def test_a_device_that_is_not_there_is_told(
    device: str, pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"The device '{device}' cannot be used"):
        encode(pictures, model, tmp_path / "out", replace(SETTINGS, device=device))


def test_a_data_set_without_pictures_is_told(
    pictures: PictureDataset, model: DenseModel, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="no picture to encode"):
        encode(pictures.part([]), model, tmp_path / "out")


def test_a_model_is_known_by_what_it_is_made_of(blip: Path, clip: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in blip.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    same, changed = load_dense_model(moved), load_dense_model(moved)
    next(changed.text.parameters()).view(-1)[0].add_(1e-3)
    told = [fingerprint(one) for one in (load_dense_model(blip), same, changed)]
    assert told[0] == told[1] != told[2]


def test_work_ahead_is_bounded_and_in_order() -> None:
    lock, given, most_waiting = threading.Lock(), 0, 0

    def things() -> Iterator[int]:
        nonlocal given
        for number in range(50):
            with lock:
                given += 1
            yield number

    taken = []
    for made in look_ahead(lambda number: number * number, things(), workers=3, most=4):
        taken.append(made)
        most_waiting = max(most_waiting, given - len(taken))
    assert taken == [number * number for number in range(50)]
    assert most_waiting == 4


def test_an_error_ahead_is_raised_where_it_belongs() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise LsrError("two")
        return number

    results = look_ahead(work, range(9), workers=2, most=4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(LsrError, match="two"):
        next(results)
