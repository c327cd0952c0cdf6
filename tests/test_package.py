"""What `pip install .` puts on a machine."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PHOTOS

ROOT = Path(__file__).parents[1]
MAX_MODEL_BYTES = 16_000_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_commands_and_the_model_come_along(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in ("cli/search.py", "mappings/__init__.py", "py.typed", "models/basic/model.json"):
        assert f"lsr_opensearch/{needed}" in names


def test_nothing_lands_outside_of_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"lsr_opensearch"}


def test_every_module_is_packaged(wheel: Path) -> None:
    packaged = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "lsr_opensearch").rglob("*.py")
    } | {f"lsr_opensearch/cli/{path.name}" for path in (ROOT / "cli").glob("*.py")}
    assert sources - packaged == set()


def test_the_model_is_small_enough(wheel: Path) -> None:
    files = zipfile.ZipFile(wheel).infolist()
    model = sum(file.file_size for file in files if "/models/basic/" in file.filename)
    assert model < MAX_MODEL_BYTES


def test_an_installed_copy_indexes_and_searches(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel],
        check=True,
        capture_output=True,
    )
    index = tmp_path / "index.sqlite"
    for arguments in (["index", PHOTOS / "chelsea-cat.jpg"], ["search", "cat"]):
        # Isolated, then with the installed copy first: the checkout must play no part.
        program = (
            f"import sys; sys.path.insert(0, {str(site)!r})\n"
            "import lsr_opensearch.cli as cli\n"
            f"assert cli.__file__.startswith({str(site)!r})\n"
            "sys.exit(cli.run(sys.argv[1:]))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", program, *arguments, "--url", index],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "chelsea-cat.jpg" in done.stdout
