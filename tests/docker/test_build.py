"""The steps of docker/Dockerfile, done without Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import PHOTOS
from tests.docker.build_context import let_through
from tests.docker.dockerfile import read_stages

ROOT = Path(__file__).parents[2]
BUILD, FINAL = read_stages(ROOT / "docker" / "Dockerfile")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs that the first stage installs.

    It has what the context has and what COPY takes of it, in a place of its own, and nothing but
    the declared dependencies.
    """
    folder = tmp_path_factory.mktemp("docker")
    source = folder / "src"
    for name in _context():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    (run,) = BUILD.texts("RUN")
    # pip's cache is left out for the size of the image, which counts for nothing here.
    run = run.replace("--no-cache-dir", "")
    for path in ("/wheels", "/opt/lsr-os"):
        run = run.replace(path, f"{folder}{path}")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | BUILD.arguments() | {"PATH": path, "EXTRAS": ""}
    done = subprocess.run(
        ["sh", "-euc", run], cwd=source, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return folder / "opt" / "lsr-os" / "bin"


def _context() -> list[str]:
    """What Docker would send and COPY would take."""
    found = [
        path.relative_to(ROOT).as_posix()
        for name in BUILD.copied()
        for path in (ROOT / name, *(ROOT / name).rglob("*"))
        if path.is_file()
    ]
    return let_through(found, (ROOT / "docker" / "Dockerfile.dockerignore").read_text())


def _run(program: Path, *arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={**FINAL.pairs("ENV"), "HOME": str(cwd), "XDG_CACHE_HOME": str(cwd / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_starts(installed: Path, tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert _run(installed / "lsr-os", "--version", cwd=tmp_path).split()[-1] == version


def test_it_indexes_and_searches(installed: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    _run(installed / "lsr-os", "index", PHOTOS / "chelsea-cat.jpg", "--url", index, cwd=tmp_path)
    found = _run(installed / "lsr-os", "search", "cat", "--url", index, cwd=tmp_path)
    assert "chelsea-cat.jpg" in found
