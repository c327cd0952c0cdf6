"""What the engine keeps of a document's metadata beside itself: filter columns, caption words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lsr_opensearch.errors import UsageError
from lsr_opensearch.query.metadata import captions, extra_values, keyword_values, text_value
from lsr_opensearch.query.text import words

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
    texts = (text_value(metadata, name) for name in TEXT_COLUMNS)
    numbers = (_number(metadata.get(name)) for name in NUMBER_COLUMNS)
    keywords, extra = keyword_values(metadata), extra_values(metadata)
    return (
        *texts,
        *numbers,
        _compact(keywords) if keywords else None,
        _compact(extra) if extra else None,
    )


def caption_words(metadata: Mapping[str, Any]) -> list[str]:
    """The different words of the captions."""
    return list(dict.fromkeys(word for caption in captions(metadata) for word in words(caption)))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
