"""What a text query imports, and what it must not: its start is counted in milliseconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PHOTOS

HEAVY = ("torch", "transformers", "onnxruntime", "PIL", "rich", "opensearchpy", "elasticsearch")


def modules_after(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has imported after ``code``."""
    report = "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture
def small_index(tmp_path: Path) -> Path:
    """An index of two captions, which need no network to encode."""
    from lsr_opensearch import Item, open_index

    path = tmp_path / "index.sqlite"
    with open_index(path) as index:
        index.add([Item("1", captions=["a dog"]), Item("2", captions=["a cat"])])
    return path


@pytest.mark.parametrize("package", HEAVY)
def test_a_text_query_does_not_import(package: str, small_index: Path) -> None:
    code = (
        "from lsr_opensearch import open_index\n"
        f"with open_index({str(small_index)!r}) as index:\n"
        "    assert index.search('dog')[0].id == '1'\n"
    )
    assert package not in modules_after(code)


@pytest.mark.parametrize("package", HEAVY)
def test_a_search_from_the_shell_does_not_import(package: str, small_index: Path) -> None:
    code = (
        "from lsr_opensearch.cli import run\n"
        f"assert run(['search', 'dog', '--url', {str(small_index)!r}]) == 0\n"
    )
    assert package not in modules_after(code)


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not modules_after("import lsr_opensearch") & {*HEAVY, "numpy", "click"}


def test_encoding_a_picture_imports_neither_torch_nor_transformers() -> None:
    photo = str(PHOTOS / "chelsea-cat.jpg")
    code = (
        "from lsr_opensearch import load_encoder\n"
        f"assert load_encoder('basic').encode_images([{photo!r}])\n"
    )
    assert not modules_after(code) & {"torch", "transformers"}


def test_showing_the_commands_imports_nothing_heavy() -> None:
    assert "numpy" not in modules_after("from lsr_opensearch.cli import run; run(['--help'])")
