"""Fixtures for every test: nothing outside the test's own folder is read or written."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from lsr_opensearch.cli import run

PHOTOS = Path(__file__).parents[1] / "examples" / "photos"
# What a HEIC file begins with; with the extra `heif`, it is a damaged one.
HEIC_HEADER = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)

# What these hold needs the extra `torch`: `make test` runs them in an environment that has it.
TORCH_FOLDERS = ("datasets", "dense", "sparse_encoder", "training")
collect_ignore = [] if find_spec("torch") else list(TORCH_FOLDERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in TORCH_FOLDERS:
            item.add_marker(pytest.mark.torch)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    for name in [name for name in os.environ if name.startswith("LSR_OS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def lsr_os(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Finished]:
    """Runs `lsr-os` in the test's folder, in this process (starting one costs more than a run)."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str | bytes | os.PathLike[str], stdin: bytes = b"") -> Finished:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = run([os.fsdecode(argument) for argument in arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Finished(
            status, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape")
        )

    return run_here


def draw_picture(path: Path, colour: str = "red", seed: int = 0) -> Path:
    """A small picture that no other seed gives; the format follows the name's ending."""
    image = Image.new("RGB", (64, 48), colour)
    ImageDraw.Draw(image).ellipse((8 + seed % 16, 8, 40, 40), fill=(seed % 256, 200, 90))
    image.save(path)
    return path
