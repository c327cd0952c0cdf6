"""The public names are a promise: adding one is a decision, removing one breaks somebody."""

from pathlib import Path

import lsr_opensearch
from lsr_opensearch import errors

MANUAL = Path(__file__).parents[1] / "docs" / "library.md"


def test_public_names_are_exactly_these() -> None:
    assert lsr_opensearch.__all__ == [
        "Encoder",
        "Hit",
        "IndexReport",
        "Item",
        "LsrError",
        "PhotoIndex",
        "load_encoder",
        "open_index",
        "read_captions",
    ]


def test_every_public_name_can_be_imported() -> None:
    for name in lsr_opensearch.__all__:
        assert getattr(lsr_opensearch, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(lsr_opensearch, "no_such_name")


def test_the_manual_lists_every_error() -> None:
    names = [name for name in vars(errors) if name.endswith("Error")]
    section = MANUAL.read_text("utf-8").partition("\n## Errors\n")[2]
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in section] == []
