"""Numbers of things in messages."""

from __future__ import annotations


def amount(count: int, one: str, many: str = "") -> str:
    """``1 picture``, ``2,000 pictures``.

    Args:
        many: what several are called; with an s after ``one`` by default.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
