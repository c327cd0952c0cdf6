"""What searches look at in a document's metadata: texts to compare, captions, top terms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.query.text import folded, storable

# All that a document may say of itself; anything else goes under ``extra``.
METADATA_FIELDS = (
    "path",
    "uri",
    "source",
    "sha256",
    "phash",
    "width",
    "height",
    "bytes",
    "format",
    "taken_at",
    "camera",
    "location",
    "captions",
    "keywords",
    "top_terms",
    "modified_at",
    "indexed_at",
    "extra",
)
# Those that filters compare as one text each.
TEXT_FIELDS = ("path", "format", "camera", "sha256")


def text_value(metadata: Mapping[str, Any], name: str) -> str | None:
    """The value of a field as filters compare it; None where there is none."""
    value = metadata.get(name)
    return None if value is None else folded(shown(value))


def keyword_values(metadata: Mapping[str, Any]) -> list[str]:
    """The keywords as filters compare them."""
    return [folded(shown(value)) for value in several(metadata.get("keywords"))]


def extra_values(metadata: Mapping[str, Any]) -> dict[str, list[str]]:
    """Free metadata as filters compare it: dotted name -> all the values under it."""
    values: dict[str, list[str]] = {}
    for name, value in _flattened("", metadata.get("extra")):
        values.setdefault(storable(name), []).append(folded(value))
    return values


def captions(metadata: Mapping[str, Any]) -> list[str]:
    """The captions of a document."""
    return [value for value in several(metadata.get("captions")) if isinstance(value, str)]


def top_terms(metadata: Mapping[str, Any]) -> list[str]:
    """The different top terms."""
    terms = (storable(shown(value)) for value in several(metadata.get("top_terms")))
    return list(dict.fromkeys(term for term in terms if term))


def several(value: object) -> list[Any]:
    """A value, a list of values or nothing, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def shown(value: object) -> str:
    """A value as the text that it is compared as: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _flattened(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """Dotted names and values of free metadata."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flattened(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _flattened(prefix, inner)
    elif value is not None and prefix:
        yield prefix, shown(value)
