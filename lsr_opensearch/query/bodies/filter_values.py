"""Texts that filters compare, as the keywords of one field: ``camera=fujifilm x100v``.

A document's texts, casefolded as every engine folds them, stand in one keyword field. Equality is
a term query there and a pattern a wildcard query, with the same outcome on every engine and for
names that no mapping knows (``extra.album``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.query.filters import EXTRA_PREFIX
from lsr_opensearch.query.metadata import TEXT_FIELDS, extra_values, keyword_values, text_value
from lsr_opensearch.query.text import folded, storable

FILTER_VALUES = "filter_values"
# Lucene's longest term. Longer values are compared by their beginning.
MAX_BYTES = 32_766
_MAX_BYTES_A_CHARACTER = 4


def filter_values(metadata: Mapping[str, Any], source: str) -> list[str]:
    """Everything that text filters may ask a document for."""
    entries = [_entry(name, value) for name, value in _named_values(metadata)]
    return [*entries, _entry("source", folded(source))]


def filter_value(name: str, value: str) -> str:
    """What is looked up for ``name=value``; ``value`` in any case."""
    return _entry(storable(name), folded(value))


def filter_pattern(name: str, pattern: str) -> str:
    """A wildcard query's pattern: only ``*`` and ``?`` of ``pattern`` mean more than themselves."""
    literal = _without_escapes(_escaped_name(storable(name)))
    literal = literal.replace("*", r"\*").replace("?", r"\?")
    return f"{literal}={_without_escapes(folded(pattern))}"


def _named_values(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in TEXT_FIELDS:
        value = text_value(metadata, name)
        if value is not None:
            yield name, value
    for value in keyword_values(metadata):
        yield "keywords", value
    for name, values in extra_values(metadata).items():
        for value in values:
            yield EXTRA_PREFIX + name, value


def _entry(name: str, value: str) -> str:
    entry = f"{_escaped_name(name)}={value}"
    if len(entry) * _MAX_BYTES_A_CHARACTER <= MAX_BYTES:
        return entry
    return entry.encode()[:MAX_BYTES].decode(errors="ignore")


def _without_escapes(text: str) -> str:
    """The text for a wildcard query, its backslashes meaning themselves."""
    return text.replace("\\", r"\\")


def _escaped_name(name: str) -> str:
    """The name without ``=``, so that it is clear where the value begins."""
    return name.replace("%", "%25").replace("=", "%3D") if "%" in name or "=" in name else name
