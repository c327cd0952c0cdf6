"""Every command and every line of Python in the README does what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PHOTOS, Finished

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    assert all(line.startswith("$ lsr-os ") for line in lines)
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with pictures, as a reader of the README may have."""
    pictures = Path(os.environ["HOME"]) / "Pictures"
    pictures.mkdir()
    shutil.copy(PHOTOS / "german-shepherd.jpg", pictures / "dog.jpg")
    shutil.copy(PHOTOS / "german-shepherd.jpg", tmp_path / "dog.jpg")
    for name in ("chelsea-cat.jpg", "two-dogs-at-window.jpg", "sandy-beach.jpg", "koala.jpg"):
        shutil.copy(PHOTOS / name, pictures)
    (tmp_path / "captions.tsv").write_text("file\tcaption\ndog.jpg\tour dog\n", encoding="utf-8")
    return tmp_path


def test_every_command_runs_in_the_order_of_the_page(
    home: Path, lsr_os: Callable[..., Finished]
) -> None:
    for line in commands():
        arguments = [os.path.expanduser(word) for word in shlex.split(line)][1:]
        done = lsr_os(*arguments)
        assert done.status == 0, f"{line}\n{done.err}"


def test_the_first_search_finds_the_two_dogs(home: Path, lsr_os: Callable[..., Finished]) -> None:
    index, search = commands()[:2]
    lsr_os(*[os.path.expanduser(word) for word in shlex.split(index)][1:])
    found = lsr_os(*shlex.split(search)[1:], "--json").out.splitlines()
    assert any("two-dogs-at-window.jpg" in line for line in found[:2])


def test_the_python_runs_as_it_stands(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    (program,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(program, "README.md", "exec"), names)
    assert (home / "photos.sqlite").is_file()


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.slow
def test_the_demo_finds_the_cat(tmp_path: Path) -> None:
    done = subprocess.run(["make", "demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    after = done.stdout.split("$ lsr-os search cat", 1)[1]
    assert after.split("\n", 2)[1].split("\t")[2] in ("chelsea-cat.jpg", "kitten-with-wool.jpg")
