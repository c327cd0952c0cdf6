"""What the operating system refuses: one line that says of what, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Finished

Command = Callable[..., Finished]
LSR_OS = (sys.executable, "-m", "lsr_opensearch.cli")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["encode", "dog"], ["index", "--show-mapping"]])
def test_results_that_cannot_be_written_are_told_of(arguments: list[str], unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*LSR_OS, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"Error: The results cannot be written (No space left on device).\n"


def test_any_other_file_that_fails_is_named(lsr_os: Command, tmp_path: Path) -> None:
    too_long = tmp_path / ("x" * 300)
    done = lsr_os("data", "planted", "--out", too_long)
    assert done.status == 1
    assert str(too_long) in done.err
    assert "File name too long" in done.err
    assert "results" not in done.err


def test_a_working_folder_that_is_gone_is_told_of(
    lsr_os: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = lsr_os("index", "photos", "--url", tmp_path / "index.sqlite")
    assert done.status == 1
    assert "The working folder is gone" in done.err


def test_names_cannot_come_from_an_input_that_was_closed(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{' '.join(LSR_OS)} index - --url '{tmp_path}/index.sqlite' <&-",
        shell=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"There is no input to read the names of files from" in done.stderr
