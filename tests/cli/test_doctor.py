"""`lsr-os doctor` on an index file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    assert "lsr-os index FOLDER" in done.out


def test_a_file_that_is_no_index_is_a_problem(tmp_path: Path, lsr_os: Command) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, this is no index. " * 100)
    done = lsr_os("doctor", "--url", "letter.txt")
    assert done.status == 1
    assert "Traceback" not in done.err
    assert "problem" in done.out
