"""`lsr-os verify --repair` on an index file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

Command = Callable[..., Finished]
URL = "photos.sqlite"


@pytest.fixture
def indexed(tmp_path: Path, lsr_os: Command) -> Path:
    """Six pictures, indexed into a file; one has a caption."""
    folder = tmp_path / "album"
    folder.mkdir()
    for number, name in enumerate("abcdef"):
        draw_picture(folder / f"{name}.png", seed=number)
    (tmp_path / "captions.tsv").write_text("b.png\tOur red door\n")
    done = lsr_os("index", folder, "--captions", "captions.tsv", "--url", URL)
    assert done.status == 0, done.err
    return folder


def verified(lsr_os: Command, *options: str) -> dict[str, Any]:
    done = lsr_os("verify", "--json", *options, "--url", URL)
    found: dict[str, Any] = json.loads(done.out)
    assert found["agrees"] == (done.status == 0)
    return found


def test_a_sound_index_is_left_as_it_is(indexed: Path, tmp_path: Path, lsr_os: Command) -> None:
    before = (tmp_path / URL).read_bytes()
    assert verified(lsr_os, "--repair")["repaired"] == []
    assert (tmp_path / URL).read_bytes() == before


def test_the_folder_is_followed_and_each_thing_told(indexed: Path, lsr_os: Command) -> None:
    draw_picture(indexed / "new.png", seed=77)
    draw_picture(indexed / "a.png", "blue", seed=78)
    (indexed / "f.png").unlink()
    done = lsr_os("verify", "--repair", "--url", URL)
    assert done.status == 0
    assert done.out.splitlines() == [
        "Mended: album: 1 picture added.",
        "Mended: album: 1 picture indexed again.",
        "Mended: album: 1 picture removed, whose files are gone.",
        "album: folder, manifest and index agree.",
    ]
    assert verified(lsr_os, "--repair")["repaired"] == []


def test_many_that_are_gone_stay_without_prune(indexed: Path, lsr_os: Command) -> None:
    for name in "abc":
        (indexed / f"{name}.png").unlink()
    done = lsr_os("verify", "--repair", "--url", URL)
    assert done.status == 1
    assert "Mended" not in done.out
    assert "3 pictures gone from the folder" in done.out
    assert "--prune" in done.out
    assert verified(lsr_os, "--repair", "--prune")["agrees"]


def test_an_entry_without_document_and_a_document_without_entry_are_mended(
    indexed: Path, tmp_path: Path, lsr_os: Command
) -> None:
    with closing(sqlite3.connect(tmp_path / URL)) as connection, connection:
        connection.execute("UPDATE manifest SET document_id = 'x' WHERE path = x'622e706e67'")
    found = verified(lsr_os)
    assert found["lost"] == ["b.png"]
    assert len(found["stray"]) == 1
    repaired = verified(lsr_os, "--repair")
    assert repaired["agrees"]
    assert repaired["repaired"] == [
        "album: 1 document of no file deleted.",
        "album: 1 picture indexed again.",
    ]
    (hit,) = lsr_os("search", "--json", '"red door"', "--url", URL).out.splitlines()
    assert json.loads(hit)["path"] == "b.png"


def test_a_folder_out_of_reach_is_told_and_nothing_is_removed(
    indexed: Path, lsr_os: Command
) -> None:
    indexed.rename(indexed.with_name("unmounted"))
    found = verified(lsr_os, "--repair", "--prune")
    assert found["unreachable"]
    assert found["repaired"] == []
    assert json.loads(lsr_os("status", "--json", "--url", URL).out)["documents"] == 6


def test_prune_without_repair_is_wrong_use(lsr_os: Command) -> None:
    assert lsr_os("verify", "--prune").status == 2
