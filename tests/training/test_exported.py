"""Copies of models with other networks: ONNX says what torch says, and what int8 costs is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import DenseModel, ImageTower, load_dense_model
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import MissingExtraError, ModelError, UsageError
from lsr_opensearch.models import read_description
from lsr_opensearch.terms import TermWeights
from lsr_opensearch.training.about import About
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.export import ImageChain, read_head, write_model
from lsr_opensearch.training.d2s.start import head_from_word_vectors
from lsr_opensearch.training.difference import difference
from lsr_opensearch.training.exported import Wish, export_model
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.conftest import PHOTOS, Finished

Command = Callable[..., Finished]
WIDTH = 256
PICTURES = sorted(PHOTOS.glob("*.jpg"))[:4]
ABOUT = About("model", "For tests.", "Knows nothing.", "Yours.")


class TinyImages(ImageTower):
    """A patch embedding and a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.picture_input, self.width = PictureInput(32, 32), WIDTH
        torch.manual_seed(3)
        self.patches = nn.Conv2d(3, 64, 8, 8)
        self.projection = nn.Linear(64 * 16, WIDTH)

    def forward(self, pixel_values: Tensor) -> Tensor:
        seen = torch.relu(self.patches(pixel_values)).flatten(1)
        return nn.functional.normalize(self.projection(seen), dim=1)


def written(
    out: Path, planted: Path, vocabulary: Vocabulary, splits: tuple[Examples, Examples]
) -> Callable[[DenseModel | None], Path]:
    head = head_from_word_vectors(planted / "word_vectors.parquet", vocabulary, WIDTH)

    def write(dense: DenseModel | None) -> Path:
        texts = splits[1].texts, splits[1].literal
        write_model(out, head, vocabulary, dense, texts, ABOUT)
        return out

    return write


@pytest.fixture(scope="module")
def dense(planted: Path) -> DenseModel:
    text = load_dense_model(planted / "dense_model").text
    return DenseModel("tiny", text, TinyImages().eval())


@pytest.fixture(scope="module")
def model(
    tmp_path_factory: pytest.TempPathFactory,
    planted: Path,
    vocabulary: Vocabulary,
    splits: tuple[Examples, Examples],
    dense: DenseModel,
) -> Path:
    """With both networks."""
    torch.manual_seed(0)
    return written(tmp_path_factory.mktemp("whole") / "model", planted, vocabulary, splits)(dense)


@pytest.fixture(scope="module")
def bare(
    tmp_path_factory: pytest.TempPathFactory,
    planted: Path,
    vocabulary: Vocabulary,
    splits: tuple[Examples, Examples],
) -> Path:
    """Without any network: it was trained on vectors alone."""
    torch.manual_seed(0)
    return written(tmp_path_factory.mktemp("bare") / "model", planted, vocabulary, splits)(None)


@pytest.fixture(scope="module")
def small(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model in int8."""
    out = tmp_path_factory.mktemp("small") / "int8"
    export_model(model, out, Wish("int8"))
    return out


def captions(planted: Path) -> list[str]:
    return list(read_dataset(planted).split("val").captions)


def largest_difference(some: list[TermWeights], others: list[TermWeights]) -> float:
    return difference(some, others).largest


def test_the_image_network_says_what_torch_says(model: Path, dense: DenseModel) -> None:
    assert dense.image is not None
    read = dense.image.picture_input
    pixels = torch.from_numpy(read.batch([read.pixels(picture) for picture in PICTURES]))
    with torch.no_grad():
        expected = ImageChain(dense.image, read_head(model))(pixels).numpy()
    found = load_encoder(model).encode_images(PICTURES)
    words = (model / "vocabulary.txt").read_text().splitlines()
    rows = [{words[n]: float(row[n]) for n in np.flatnonzero(row > 1e-6)} for row in expected]
    assert all(found)
    assert largest_difference(found, rows) < 1e-4


def test_a_model_without_networks_gets_them_from_its_dense_model(
    bare: Path, model: Path, planted: Path, tmp_path: Path
) -> None:
    wish = Wish("fp32", dense_model=str(planted / "dense_model"))
    exported = export_model(bare, tmp_path / "out", wish)
    assert exported.is_same_space
    assert [(one.name, one.bytes_before) for one in exported.networks] == [("text.onnx", 0)]
    encoder = load_encoder(tmp_path / "out")
    assert isinstance(encoder, D2SEncoder)
    dataset = read_dataset(planted).split("val")
    by_vectors = encoder.encode_vectors(dataset.caption_vectors)
    assert largest_difference(encoder.encode_captions(dataset.captions), by_vectors) < 1e-4


def test_int8_is_smaller_and_says_nearly_the_same(model: Path, small: Path, planted: Path) -> None:
    exact, rough = load_encoder(model), load_encoder(small)
    for name in ("text.onnx", "image.onnx"):
        assert (small / name).stat().st_size < (model / name).stat().st_size / 3
    texts = captions(planted)
    said = difference(exact.encode_captions(texts), rough.encode_captions(texts))
    seen = difference(exact.encode_images(PICTURES), rough.encode_images(PICTURES))
    for found in (said, seen):
        assert 0 < found.largest < 0.2 * found.largest_weight
        assert found.agreement > 0.8


def test_int8_documents_are_of_another_space(model: Path, small: Path) -> None:
    before, after = read_description(model), read_description(small)
    assert after.space_id != before.space_id
    assert after.sides == before.sides
    assert json.loads((small / "model.json").read_text())["exported"] == {
        "from": "model",
        "from_space_id": before.space_id,
        "precision": "int8",
        "side": "both",
    }


def test_the_same_copy_again_is_of_the_same_space(model: Path, small: Path, tmp_path: Path) -> None:
    again = export_model(model, tmp_path / "again", Wish("int8"))
    assert again.space_id == read_description(small).space_id


def test_int8_queries_are_of_the_same_space_and_no_documents(
    model: Path, planted: Path, tmp_path: Path
) -> None:
    exported = export_model(model, tmp_path / "out", Wish("int8", "query"))
    encoder, exact = load_encoder(tmp_path / "out"), load_encoder(model)
    assert exported.is_same_space
    assert encoder.space_id == exact.space_id
    assert encoder.encode_images(PICTURES) == exact.encode_images(PICTURES)
    texts = captions(planted)[:5]
    assert largest_difference(encoder.encode_queries(texts), exact.encode_queries(texts)) > 0
    with pytest.raises(ModelError, match="cannot encode the caption side"):
        encoder.encode_captions(texts)


def test_the_command_shows_sizes_and_what_it_costs(lsr_os: Command, model: Path) -> None:
    command = ("models", "export", model, "--precision", "int8", "--images", PHOTOS)
    done = lsr_os(*command, "--out", "a", "--json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert [one["name"] for one in found["networks"]] == ["text.onnx", "image.onnx"]
    for network in found["networks"]:
        assert network["bytes_after"] < network["bytes_before"]
        assert 0 < network["difference"]["largest"] < network["difference"]["largest_weight"]
        assert 0.5 < network["difference"]["agreement"] <= 1
    assert found["networks"][1]["difference"]["inputs"] == 43
    assert not found["is_same_space"]
    Path("texts.txt").write_text("dog\n\nold coast\n")
    shown = lsr_os(*command[:5], "--side", "query", "--texts", "texts.txt", "--out", "b")
    name, *_, inputs = shown.out.rstrip("\n").split("\t")
    assert (name, inputs) == ("text.onnx", "2")
    assert "Search indexes of" in shown.err


def test_a_copy_that_would_be_no_other_is_refused(
    model: Path, small: Path, bare: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="in fp32 already"):
        export_model(model, out, Wish("fp32"))
    with pytest.raises(UsageError, match="in int8 already"):
        export_model(small, out, Wish("int8"))
    with pytest.raises(ModelError, match=r"has no network for that.*--dense-model"):
        export_model(bare, out, Wish("int8"))
    with pytest.raises(ModelError, match="no networks that can be written otherwise"):
        export_model("basic", out, Wish("int8"))
    assert not out.exists()


def test_nothing_is_written_over(model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="is not empty"):
        export_model(model, tmp_path, Wish("int8"))


@pytest.mark.parametrize("where", [".", "copy", "deep/copy"])
def test_a_copy_into_the_model_itself_is_refused(model: Path, tmp_path: Path, where: str) -> None:
    original = tmp_path / "original"
    shutil.copytree(model, original)
    before = sorted(original.rglob("*"))
    with pytest.raises(UsageError, match="lies in the model that is to be copied"):
        export_model(original, original / where, Wish("int8"))
    assert sorted(original.rglob("*")) == before


def test_a_dense_model_of_another_width_leaves_nothing_behind(
    bare: Path, planted: Path, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    other = tmp_path / "narrow"
    shutil.copytree(planted / "dense_model", other)
    held = {name: tensor[..., :64].clone() for name, tensor in _tensors(other).items()}
    save_file(held, other / "model.safetensors")
    with pytest.raises(ModelError, match="takes vectors of 256 numbers, and the dense model"):
        export_model(bare, tmp_path / "out", Wish("fp32", dense_model=str(other)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["narrow"]


def test_another_dense_model_of_the_hub_than_that_of_the_training_is_refused(
    bare: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bare, copy)
    described = json.loads((copy / "model.json").read_text())
    described["training"] = {"dense_model": "Salesforce/blip-itm-base-coco"}
    (copy / "model.json").write_text(json.dumps(described))
    wish = Wish("fp32", dense_model="openai/clip-vit-base-patch32")
    with pytest.raises(ModelError, match=r"of Salesforce/blip-itm-base-coco, and not of openai"):
        export_model(copy, tmp_path / "out", wish)


def _tensors(folder: Path) -> dict[str, Tensor]:
    held: dict[str, Tensor] = load_file(folder / "model.safetensors")
    return held


def test_a_damaged_head_is_told(bare: Path, planted: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bare, copy)
    (copy / "head.safetensors").write_bytes(b"\0" * 50)
    with pytest.raises(ModelError, match="head of the model directory"):
        export_model(copy, tmp_path / "out", Wish("fp32", dense_model=str(planted / "dense_model")))


def test_int8_without_onnx_says_how_to_get_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("onnx", "onnxruntime.quantization"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtraError, match=r"lsr-opensearch\[torch\]"):
        export_model(model, tmp_path / "out", Wish("int8"))


def test_differences_are_of_the_words_that_either_has() -> None:
    found = difference([{"a": 1.0, "b": 0.5}, {"c": 2.0}], [{"a": 0.75, "d": 0.5}, {"c": 2.0}])
    assert found.largest == 0.5
    assert (found.largest_weight, found.agreement, found.inputs) == (2.0, 0.75, 2)


def test_an_index_of_a_model_is_searched_with_its_int8_queries_and_not_with_its_int8_copy(
    lsr_os: Command, model: Path, small: Path, planted: Path
) -> None:
    at = ("--url", "i.sqlite")
    assert lsr_os("index", planted, "--model", model, *at).status == 0
    refused = lsr_os("search", "dog", "--model", small, *at)
    assert refused.status == 1
    assert "made by the model 'model', and this query by 'int8'" in refused.err
    export_model(model, Path("queries"), Wish("int8", "query"))
    assert lsr_os("search", "dog", "--model", "queries", *at).status == 0
    unlike = lsr_os("index", planted, "--model", "queries", *at)
    assert unlike.status == 1
    assert "is of the model 'model'" in unlike.err
