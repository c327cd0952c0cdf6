"""Captions and keywords as they are stored: one line, no control characters, of bounded length."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Longer captions are cut: an encoder reads a few hundred characters, and a hit shows fewer.
MAX_CHARACTERS = 10_000

# Control characters that are not white space, and surrogates, which no UTF-8 can hold.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]+")


def clean_text(text: str) -> str:
    """``text`` without control characters, white space squeezed; empty if nothing is left."""
    # White space can only shrink: cutting first bounds the work on absurdly long texts.
    bounded = _UNWANTED.sub("", text[: 4 * MAX_CHARACTERS])
    return " ".join(bounded.split())[:MAX_CHARACTERS].rstrip()


def clean_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """The cleaned texts that are not empty, each once, in their order."""
    cleaned = (clean_text(text) for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text))
