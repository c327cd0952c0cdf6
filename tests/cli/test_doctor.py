"""`lsr-os doctor` on an index file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished

Command = Callable[..., Finished]


def test_a_sound_file_has_no_problem(
    album: Path, counts: Callable[..., dict[str, Any]], lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("doctor")
    assert done.status == 0
    assert "is sound" in done.out


def test_no_file_yet_is_no_problem(lsr_os: Command) -> None:
    done = lsr_os("doctor", "--url", "none.sqlite")
    assert done.status == 0
    assert "lsr-os index --url none.sqlite FOLDER" in done.out


def test_a_file_that_is_no_index_is_a_problem(tmp_path: Path, lsr_os: Command) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, this is no index. " * 100)
    done = lsr_os("doctor", "--url", "letter.txt")
    assert done.status == 1
    assert "Traceback" not in done.err
    assert "problem" in done.out


@pytest.fixture
def found(
    album: Path, counts: Callable[..., dict[str, Any]], lsr_os: Command
) -> Callable[[], dict[str, dict[str, str]]]:
    """Check -> what is found of an index file of the album."""
    counts(album, "--url", "index.sqlite")

    def run() -> dict[str, dict[str, str]]:
        lines = lsr_os("doctor", "--json", "--url", "index.sqlite").out.splitlines()
        return {finding["check"]: finding for finding in map(json.loads, lines)}

    return run


Found = Callable[[], dict[str, dict[str, str]]]


def test_a_file_of_one_index_has_its_model_and_room(found: Found) -> None:
    findings = found()
    for check in ("index file", "disk", "model"):
        assert findings[check]["state"] == "ok", findings[check]
    assert "4 pictures" in findings["index file"]["message"]


def test_a_file_that_may_not_be_written_to_can_still_be_searched(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write to everything.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    finding = found()["disk"]
    assert finding["state"] == "note"
    assert "searching works" in finding["message"]


def test_another_version_of_the_model_is_a_problem_with_the_rebuild_that_mends_it(
    found: Found, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection, connection:
        (schema,) = connection.execute("SELECT schema FROM indexes").fetchone()
        changed = json.loads(schema)
        for field in changed["fields"]:
            field["space_id"] = "another"
        connection.execute("UPDATE indexes SET schema = ?", (json.dumps(changed),))
    finding = found()["model"]
    assert finding["state"] == "problem"
    assert "lsr-os reindex" in finding["remedy"]


def test_decoders_that_are_not_installed_are_told_with_what_installs_them(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lsr_opensearch.engines.surroundings.find_spec", lambda name: None)
    assert "[heif,raw]" in found()["decoders"]["remedy"]
    monkeypatch.setattr("lsr_opensearch.engines.surroundings.find_spec", lambda name: name)
    assert found()["decoders"]["state"] == "ok"


def test_a_cluster_url_that_makes_no_sense_is_a_problem(lsr_os: Command) -> None:
    done = lsr_os("doctor", "--json", "--url", "http://host:99999999")
    assert done.status == 1
    assert json.loads(done.out.splitlines()[0])["check"] == "connection"
