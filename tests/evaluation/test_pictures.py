"""`lsr-os eval` on picture files, with the bundled model and nothing else installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.errors import DatasetError
from lsr_opensearch.evaluation.cost import flops
from lsr_opensearch.evaluation.data_fingerprint import data_fingerprint
from lsr_opensearch.evaluation.encoding import encode
from lsr_opensearch.evaluation.runs import read_run
from lsr_opensearch.terms import dot, truncate_terms
from tests.conftest import PHOTOS, Finished
from tests.evaluation.contract import check_figures
from tests.evaluation.photos import COUNT, write_split_file
from tests.test_imports import modules_after

Command = Callable[..., Finished]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_split_file(tmp_path / "data")
    return tmp_path / "data"


def test_basic_is_evaluated_on_pictures(lsr_os: Command, data: Path) -> None:
    done = lsr_os("eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    check_figures(found)
    for name in ("t2i", "i2t"):
        # By chance 1 of 11.
        assert found[name]["R@1"] > 40
    assert found["images"] == COUNT - 1
    assert found["exact@20"] > 0
    assert [found[name] for name in ("dense", "kendall", "pearson", "table")] == [None] * 4
    assert found["word_vectors"] is found["semantic@20"] is None


def test_queries_and_documents_go_through_their_own_sides(lsr_os: Command, data: Path) -> None:
    done = lsr_os(
        "eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--runs", "r", "--json"
    )
    found = json.loads(done.out)
    split = read_pictures(data / "dataset_meta.json", PHOTOS, "test")
    encoder = load_encoder("basic")
    images = [truncate_terms(terms) for terms in encoder.encode_images(split.image_files)]
    queries = encoder.encode_queries(split.captions)
    captions = [truncate_terms(terms) for terms in encoder.encode_captions(split.captions)]
    assert found["flops"] == round(flops(queries, images), 3)
    for name, asked, documents, ids in (
        ("t2i", dict(zip(split.caption_ids, queries, strict=True)), images, split.image_ids),
        ("i2t", dict(zip(split.image_ids, images, strict=True)), captions, split.caption_ids),
    ):
        for query, hits in read_run(data.parent / "r" / f"{name}.run").items():
            scores = {
                one: dot(asked[query], terms) for one, terms in zip(ids, documents, strict=True)
            }
            assert scores[hits[0]] == pytest.approx(max(scores.values()), rel=1e-3)


def test_the_figures_lie_beside_the_runs(lsr_os: Command, data: Path) -> None:
    done = lsr_os(
        "eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--runs", "r", "--json"
    )
    assert json.loads((data.parent / "r" / "eval.json").read_text()) == json.loads(done.out)


def changed_split_file(data: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes the first image of the split file."""
    described = json.loads((data / "dataset_meta.json").read_text())
    change(described["images"][0])
    (data / "dataset_meta.json").write_text(json.dumps(described))


def test_data_of_the_same_size_is_told_apart(data: Path) -> None:
    def fingerprint() -> str:
        return data_fingerprint(read_pictures(data / "dataset_meta.json", PHOTOS, "test"))

    first = fingerprint()
    assert fingerprint() == first
    changed_split_file(data, lambda image: image["sentences"][0].update(raw="a purple cow"))
    second = fingerprint()
    changed_split_file(data, lambda image: image.update(imgid=4711))
    assert len({first, second, fingerprint()}) == 3


def test_runs_that_cannot_be_written_are_refused_before_anything_is_encoded(
    lsr_os: Command, data: Path
) -> None:
    """The pictures cannot be decoded, of which an evaluation that began would complain."""
    for photo in PHOTOS.iterdir():
        (data / photo.name).touch()
    given = ("eval", "--model", "basic", "--data", data, "--runs")
    (data / "file").touch()
    refused = lsr_os(*given, data / "file")
    assert (refused.status, refused.out) == (2, "")
    assert "cannot be written to" in refused.err
    changed_split_file(data, lambda image: image.update(imgid="a b"))
    refused = lsr_os(*given, data / "runs")
    assert (refused.status, refused.out) == (1, "")
    assert "'a b' cannot be written" in refused.err


def test_figures_are_shown_even_if_their_files_fail(lsr_os: Command, data: Path) -> None:
    (data / "runs" / "t2i.run").mkdir(parents=True)
    done = lsr_os(
        "eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--runs", data / "runs"
    )
    assert done.status == 2
    assert "text to image" in done.out


def test_pictures_may_lie_in_the_data_set_and_those_of_other_splits_be_missing(
    lsr_os: Command, data: Path
) -> None:
    for image in json.loads((data / "dataset_meta.json").read_text())["images"]:
        if image["split"] == "test":
            shutil.copy(PHOTOS / image["filename"], data)
    assert lsr_os("eval", "--model", "basic", "--data", data).status == 0
    done = lsr_os("eval", "--model", "basic", "--data", data, "--split", "train")
    assert done.status == 1
    assert "names 1 of 1 pictures that are not in" in done.err
    assert "--images DIR" in done.err


def test_a_picture_that_cannot_be_decoded_is_named(data: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(PHOTOS, photos)
    (photos / "astronaut.jpg").write_bytes(b"no picture")
    split = read_pictures(data / "dataset_meta.json", photos, "test")
    with pytest.raises(DatasetError, match=r"photos/astronaut\.jpg.*leave its image out"):
        encode(load_encoder("basic"), split)


def test_progress_ends_with_everything(data: Path) -> None:
    seen: list[tuple[int, int]] = []
    split = read_pictures(data / "dataset_meta.json", PHOTOS, "test")
    encode(load_encoder("basic"), split, lambda done, total: seen.append((done, total)))
    everything = len(split.image_files) + 2 * len(split.captions)
    assert seen[-1] == (everything, everything)
    assert len(seen) > 2


def test_a_data_set_without_vectors_has_none_to_evaluate(lsr_os: Command, data: Path) -> None:
    done = lsr_os("eval", "--model", "dense", "--data", data, "--images", PHOTOS)
    assert done.status == 2
    assert "has no dense vectors" in done.err


def test_a_folder_that_is_no_sparse_model_says_how_dense_ones_are_evaluated(
    lsr_os: Command, data: Path
) -> None:
    done = lsr_os("eval", "--model", data, "--data", data)
    assert done.status == 1
    assert "--model dense" in done.err


def test_a_file_is_no_cluster(lsr_os: Command, data: Path, tmp_path: Path) -> None:
    done = lsr_os("eval", "--model", "basic", "--data", data, "--url", "index.sqlite")
    assert done.status == 2
    assert not (tmp_path / "index.sqlite").exists()


def test_word_vectors_that_are_not_there_are_asked_for_in_both_forms(
    lsr_os: Command, data: Path
) -> None:
    done = lsr_os(
        "eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--word-vectors", "nowhere"
    )
    assert done.status == 1
    assert "There are no word vectors nowhere" in done.err
    assert "Parquet" in done.err
    assert "tokenizer.json" in done.err


def test_nothing_of_the_extras_is_imported(data: Path) -> None:
    code = (
        "from lsr_opensearch.cli import run\n"
        f"assert run(['eval', '--model', 'basic', '--data', {str(data)!r}, "
        f"'--images', {str(PHOTOS)!r}, '--json']) == 0\n"
    )
    assert not modules_after(code) & {"torch", "pyarrow", "transformers", "matplotlib"}
