"""A folder of photos, and the command line on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PHOTOS, Finished

NAMES = ("chelsea-cat.jpg", "coffee-cup.jpg", "german-shepherd.jpg", "rocket-on-launch-pad.jpg")


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Four photographs in a folder of their own."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in NAMES:
        shutil.copy2(PHOTOS / name, folder / name)
    return folder


@pytest.fixture
def counts(lsr_os: Callable[..., Finished]) -> Callable[..., dict[str, Any]]:
    """Runs `lsr-os index --json` and returns its report, with the exit status beside it."""

    def run(*arguments: Any) -> dict[str, Any]:
        done = lsr_os("index", "--json", *arguments)
        lines = done.out.splitlines()
        assert len(lines) == 1, done.err
        report: dict[str, Any] = json.loads(lines[0])
        return report | {"status": done.status, "err": done.err}

    return run


@pytest.fixture
def paths_found(lsr_os: Callable[..., Finished]) -> Callable[..., list[str]]:
    """Runs a search and returns the names of the files found, best first."""

    def run(*arguments: Any) -> list[str]:
        done = lsr_os("search", "--json", *arguments)
        assert done.status == 0, done.err
        return [Path(json.loads(line)["path"]).name for line in done.out.splitlines()]

    return run
