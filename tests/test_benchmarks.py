"""The benchmarks still fit the code that they measure: each can be imported."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from benchmarks import page

FOLDER = Path(page.__file__).parent
NEED_TORCH = {"encoding", "int8", "paper", "training_cost", "training_step"}
NAMES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.torch] * (name in NEED_TORCH)) for name in NAMES],
)
def test_a_benchmark_fits_the_code(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__


def test_the_pages_say_what_the_results_say() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page()
    assert page.PAPER_PAGE.read_text(encoding="utf-8") == page.paper_page()
