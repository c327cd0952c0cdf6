"""Indexing, searching and showing with a saved SparseEncoder, from the shell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.terms import dot, truncate_terms
from tests.conftest import Finished, draw_picture
from tests.evaluation.contract import check_figures

Command = Callable[..., Finished]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(("dog", "house", "silent")):
        draw_picture(folder / f"{name}.png", seed=number)
    (folder / "dog.txt").write_text("a dog on the beach", "utf-8")
    (folder / "house.txt").write_text("the old house", "utf-8")
    return folder


def test_a_model_of_texts_finds_pictures_by_their_captions(
    lsr_os: Command, inference_free: Path, photos: Path
) -> None:
    where = ("--url", "i.sqlite", "--model", inference_free)
    (photos / "silent.png").unlink()
    done = lsr_os("index", photos, *where)
    assert (done.status, done.out) == (0, "photos: 2 new\n"), done.err
    query = "old dog the house"
    found = lsr_os("search", query, *where, "--json").out.splitlines()
    encoder = load_encoder(inference_free)
    (wanted,) = encoder.encode_queries([query])
    captions = [(photos / name).read_text("utf-8") for name in ("dog.txt", "house.txt")]
    expected = [dot(wanted, truncate_terms(terms)) for terms in encoder.encode_captions(captions)]
    scores = [json.loads(line)["score"] for line in found]
    assert scores == pytest.approx(sorted(expected, reverse=True), rel=1e-5)


def test_a_picture_that_nobody_describes_is_told_and_found_once_somebody_does(
    lsr_os: Command, splade: Path, photos: Path
) -> None:
    where = ("--url", "i.sqlite", "--model", splade)
    done = lsr_os("index", photos, *where)
    assert (done.status, done.out) == (3, "photos: 2 new, 1 skipped\n")
    assert (
        "Skipped silent.png: the model 'splade' reads no pictures, and this one has no caption"
        in done.err
    )
    (photos / "silent.txt").write_text("a red cat", "utf-8")
    again = lsr_os("index", photos, *where)
    assert (again.status, again.out) == (0, "photos: 1 changed, 2 unchanged\n"), again.err


def test_a_model_of_pictures_and_texts_indexes_both(
    lsr_os: Command, multimodal: Path, photos: Path
) -> None:
    where = ("--url", "i.sqlite", "--model", multimodal)
    done = lsr_os("index", photos, *where)
    assert (done.status, done.out) == (0, "photos: 3 new\n"), done.err
    found = lsr_os("search", "dog red", *where, "--json").out.splitlines()
    fields = {
        field
        for line in found
        for match in json.loads(line)["matched"]
        for field in match["fields"]
    }
    assert fields == {"image_terms", "caption_terms"}


def test_a_search_by_picture_needs_a_model_of_pictures(
    lsr_os: Command, splade: Path, photos: Path
) -> None:
    where = ("--url", "i.sqlite", "--model", splade)
    lsr_os("index", photos, *where)
    done = lsr_os("search", "--image", photos / "dog.png", *where)
    assert done.status == 1
    assert "cannot encode the image side" in done.err


@pytest.fixture
def data(photos: Path) -> Path:
    """The photos as a data set."""
    said = {"dog": "dog", "house": "red", "silent": "cat dog"}
    images = [
        {
            "imgid": name,
            "filename": f"{name}.png",
            "split": "test",
            "sentences": [{"sentid": name, "raw": caption}],
        }
        for name, caption in said.items()
    ]
    (photos / "dataset_meta.json").write_text(json.dumps({"images": images}), "utf-8")
    return photos


def test_it_is_evaluated_on_pictures(lsr_os: Command, multimodal: Path, data: Path) -> None:
    done = lsr_os("eval", "--model", multimodal, "--data", data, "--json")
    assert done.status == 0, done.err
    check_figures(json.loads(done.out))


def test_an_evaluation_needs_a_model_of_pictures(lsr_os: Command, splade: Path, data: Path) -> None:
    done = lsr_os("eval", "--model", splade, "--data", data)
    assert done.status == 1
    assert "cannot encode the image side" in done.err


def test_another_model_cannot_search_the_index(
    lsr_os: Command, splade: Path, inference_free: Path, photos: Path
) -> None:
    lsr_os("index", photos, "--url", "i.sqlite", "--model", splade)
    done = lsr_os("search", "dog", "--url", "i.sqlite", "--model", inference_free)
    assert done.status == 1
    assert "was made by the model 'splade'" in done.err


def test_a_model_of_the_hub_is_taken_from_its_cache_and_found_again_by_its_name(
    lsr_os: Command, splade: Path, photos: Path, hub_cache: Path
) -> None:
    snapshot = hub_cache / "models--someone--small-splade" / "snapshots" / ("a" * 40)
    shutil.copytree(splade, snapshot)
    reference = snapshot.parents[1] / "refs" / "main"
    reference.parent.mkdir()
    reference.write_text("a" * 40)
    done = lsr_os("index", photos, "--url", "i.sqlite", "--model", "hf:someone/small-splade")
    assert done.status == 3, done.err
    assert "dog.png" in lsr_os("search", "dog", "--url", "i.sqlite").out


def test_a_model_of_the_hub_that_cannot_be_fetched_says_how_to_go_on(
    lsr_os: Command, hub_cache: Path
) -> None:
    done = lsr_os("encode", "dog", "--model", "hf:someone/elsewhere")
    assert done.status == 1
    assert "'someone/elsewhere' is not on this machine" in done.err
    assert "--model DIR" in done.err


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the hub keeps what was fetched; nothing can be fetched."""
    import huggingface_hub.constants

    folder = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return folder
