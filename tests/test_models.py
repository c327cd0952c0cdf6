"""Model directories and their names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import KNOWN_MODELS, find_model, read_description


def test_the_bundled_model_is_found_by_its_name() -> None:
    assert read_description(find_model("basic")).name == "basic"


def test_a_directory_is_found_by_its_path() -> None:
    directory = find_model("basic")
    assert find_model(directory) == directory


def test_every_bundled_model_has_a_description_and_a_card() -> None:
    for known in KNOWN_MODELS:
        if known.bundled:
            assert read_description(find_model(known.name)).limits
            assert (find_model(known.name) / "README.md").is_file()


def test_a_model_that_is_not_bundled_says_how_it_is_made_and_names_one_that_is() -> None:
    with pytest.raises(ModelError, match=r"models import-head lsr42/.* --model basic"):
        find_model("d2s-blip-coco")


def test_a_directory_may_have_the_name_of_a_known_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d2s-blip-coco").mkdir()
    assert find_model("d2s-blip-coco") == Path("d2s-blip-coco")


def test_a_directory_without_description_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.json"):
        load_encoder(tmp_path)


@pytest.mark.parametrize("content", ["{", '{"format": 99}', '{"format": 1}'])
def test_a_description_that_makes_no_sense_names_the_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.json"):
        load_encoder(tmp_path)


def test_an_unknown_kind_is_refused_with_its_name(tmp_path: Path) -> None:
    described = json.loads((find_model("basic") / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(described | {"kind": "unheard-of"}))
    with pytest.raises(ModelError, match="unheard-of"):
        load_encoder(tmp_path)
