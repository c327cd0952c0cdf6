"""What the engine itself reads of a document's metadata: filter columns, captions, top terms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.engines.embedded.storage.text import folded, storable, words
from lsr_opensearch.errors import UsageError

TEXT_COLUMNS = ("path", "format", "camera", "sha256", "taken_at", "modified_at")
NUMBER_COLUMNS = ("width", "height", "bytes")
FILTER_COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, "keywords", "extra")


def to_json(metadata: Mapping[str, Any], document_id: str) -> str:
    """The metadata as JSON.

    Raises:
        UsageError: something in it is not JSON.
    """
    try:
        return json.dumps(dict(metadata), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The metadata of {document_id!r} cannot be stored as JSON ({error}).",
            "Use strings, finite numbers, booleans, lists and dictionaries with string keys.",
        ) from None


def filter_values(metadata: Mapping[str, Any]) -> tuple[str | float | None, ...]:
    """What filters compare, in the order of `FILTER_COLUMNS`; text is casefolded."""
    texts = (_text(metadata.get(name)) for name in TEXT_COLUMNS)
    numbers = (_number(metadata.get(name)) for name in NUMBER_COLUMNS)
    keywords = [folded(_shown(value)) for value in _several(metadata.get("keywords"))]
    extra: dict[str, list[str]] = {}
    for name, value in _flattened("", metadata.get("extra")):
        extra.setdefault(storable(name), []).append(folded(value))
    return (
        *texts,
        *numbers,
        _compact(keywords) if keywords else None,
        _compact(extra) if extra else None,
    )


def captions(metadata: Mapping[str, Any]) -> list[str]:
    """The captions of a document."""
    return [value for value in _several(metadata.get("captions")) if isinstance(value, str)]


def caption_words(metadata: Mapping[str, Any]) -> list[str]:
    """The different words of the captions."""
    return list(dict.fromkeys(word for caption in captions(metadata) for word in words(caption)))


def top_terms(metadata: Mapping[str, Any]) -> list[str]:
    """The different top terms."""
    terms = (storable(_shown(value)) for value in _several(metadata.get("top_terms")))
    return list(dict.fromkeys(term for term in terms if term))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _several(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str | None:
    return None if value is None else folded(_shown(value))


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None


def _shown(value: object) -> str:
    """A value as the text that it is compared as: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _flattened(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """Dotted names and values of free metadata, as a cluster's flattened field has them."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flattened(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _flattened(prefix, inner)
    elif value is not None and prefix:
        yield prefix, _shown(value)
