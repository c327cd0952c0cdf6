"""Text as bytes: names that are not UTF-8 are kept as they are."""

from __future__ import annotations


def to_bytes(text: str) -> bytes:
    """Any string as bytes, those with lone surrogates (undecodable file names) too."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """The string that `to_bytes` was given."""
    return data.decode("utf-8", "surrogatepass")
