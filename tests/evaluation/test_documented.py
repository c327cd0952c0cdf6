"""The manual names functions that exist."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

MANUAL = Path(__file__).parents[2] / "docs" / "evaluation.md"


def test_every_figure_is_computed_where_the_manual_says() -> None:
    _, _, after = MANUAL.read_text("utf-8").partition("| figure | function |\n")
    table, _, _ = after.partition("\n\n")
    named = [re.findall(r"`(\w+)\.(\w+)`", row.split("|")[2]) for row in table.splitlines()[1:]]
    assert len(named) > 10
    for functions in named:
        assert functions
        for module, function in functions:
            assert callable(getattr(import_module(f"lsr_opensearch.evaluation.{module}"), function))
