"""Captions and keywords as they are stored: one line, no control characters, of bounded length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

# Longer captions are cut: an encoder reads a few hundred characters, and a hit shows fewer.
MAX_CHARACTERS = 10_000

# Control characters that are not white space, and surrogates, which no UTF-8 can hold.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """``text`` without control characters, white space squeezed; empty if nothing is left."""
    # White space can only shrink: cutting first bounds the work on absurdly long texts.
    bounded = _UNWANTED.sub("", text[: 4 * MAX_CHARACTERS])
    return " ".join(bounded.split())[:MAX_CHARACTERS].rstrip()


def clean_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """The cleaned texts that are not empty, each once, in their order."""
    cleaned = (clean_text(text) for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text))


def without_surrogates(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Metadata as UTF-8 can hold it: the halves of characters that JSON can write (``\\ud83d``) go.

    Args:
        values: what JSON can hold, by name; names that are nothing else go altogether.
    """
    text = json.dumps(dict(values), ensure_ascii=False)
    if not _SURROGATE.search(text):
        return values
    cleaned: dict[str, Any] = json.loads(_SURROGATE.sub("", text))
    return {name: value for name, value in cleaned.items() if name}
