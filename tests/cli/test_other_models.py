"""Indexes and models that do not belong together: both are named, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PHOTOS, Finished
from tests.models import other_model

Command = Callable[..., Finished]
AT = ("--url", "i.sqlite")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture = folder / "koala.jpg"
    picture.write_bytes((PHOTOS / "koala.jpg").read_bytes())
    return folder


@pytest.fixture
def of_other(lsr_os: Command, photo: Path, tmp_path: Path) -> Path:
    """The directory of the model `other`, away from where commands run, and an index of it."""
    (tmp_path / "away").mkdir()
    model = other_model(tmp_path / "away")
    assert lsr_os("index", photo, "--model", model, *AT).status == 0
    return model


def test_a_search_with_another_model_names_both_and_both_ways_out(
    lsr_os: Command, of_other: Path
) -> None:
    done = lsr_os("search", "koala", "--model", "basic", *AT)
    assert done.status == 1
    assert "made by the model 'other', and this query by 'basic' (other-space" in done.err
    assert "Search with that model (--model other)" in done.err
    assert "lsr-os reindex --url i.sqlite --model basic" in done.err


def test_indexing_with_another_model_names_both_and_both_ways_out(
    lsr_os: Command, of_other: Path, photo: Path
) -> None:
    (photo / "new.jpg").write_bytes((PHOTOS / "sandy-beach.jpg").read_bytes())
    done = lsr_os("index", photo, "--model", "basic", *AT)
    assert done.status == 1
    assert "is of the model 'other' (other-space), not of 'basic' (basic-" in done.err
    assert "lsr-os reindex --url i.sqlite --model basic" in done.err


def test_another_model_of_the_same_name_is_not_taken_for_the_same(
    lsr_os: Command, of_other: Path, tmp_path: Path
) -> None:
    (tmp_path / "a b").mkdir()
    namesake = other_model(tmp_path / "a b")
    described = json.loads((namesake / "model.json").read_text())
    (namesake / "model.json").write_text(json.dumps(described | {"space_id": "a-third"}))
    done = lsr_os("search", "koala", "--model", namesake, *AT)
    assert done.status == 1
    assert "another model of that name (other-space, and not a-third)" in done.err
    assert f"lsr-os reindex --url i.sqlite --model '{namesake}'" in done.err


@pytest.mark.parametrize(
    "command", [("search", "koala"), ("index", "photos"), ("reindex",), ("verify", "--repair")]
)
def test_an_index_of_a_model_that_is_elsewhere_asks_for_its_directory(
    lsr_os: Command, of_other: Path, photo: Path, command: tuple[str, ...]
) -> None:
    # Something to do for `verify --repair`.
    (photo / "new.jpg").write_bytes((PHOTOS / "sandy-beach.jpg").read_bytes())
    done = lsr_os(*command, *AT)
    assert done.status == 1
    assert "'photos' was made by the model 'other', which is not here by that name" in done.err
    assert "--model DIR" in done.err
    assert lsr_os(*command, *AT, "--model", of_other).status == 0


def test_a_damaged_model_is_not_called_missing(
    lsr_os: Command, of_other: Path, tmp_path: Path
) -> None:
    damaged = of_other.rename(tmp_path / "other")
    (damaged / "model.json").write_text("{")
    done = lsr_os("search", "koala", *AT)
    assert done.status == 1
    assert "model.json cannot be read" in done.err
    assert "not here" not in done.err


def test_the_doctor_misses_a_model_that_is_elsewhere(lsr_os: Command, of_other: Path) -> None:
    done = lsr_os("doctor", *AT)
    assert "which is not here by that name" in done.out + done.err


def test_a_model_for_a_check_that_encodes_nothing_is_refused(lsr_os: Command) -> None:
    done = lsr_os("verify", "--model", "basic", *AT)
    assert done.status == 2
    assert "--model without --repair" in done.err
