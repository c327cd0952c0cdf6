"""Index names that a cluster accepts, and the numbered ones behind an alias."""

from __future__ import annotations

import re

from lsr_opensearch.errors import UsageError

_NAME = re.compile(r"[^\W_A-Z+.-][^\WA-Z]*(?:[.-][^\WA-Z]+)*", re.ASCII)
_NUMBER = re.compile(r"-(\d{6})")
_LONGEST_BYTES = 200


def check_name(name: str) -> str:
    """The name, if it can be an alias whose indexes are called ``name-000001``.

    Raises:
        UsageError: it cannot.
    """
    if len(name.encode("utf-8", "replace")) > _LONGEST_BYTES or not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of an index in a cluster.",
            "Use lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit.",
        )
    return name


def generation(name: str, number: int) -> str:
    """The index of that number behind an alias: ``photos-000001``."""
    return f"{name}-{number:06d}"


def generation_number(name: str, index: str) -> int:
    """The number of an index behind an alias; 0 where it is not one of its numbered ones."""
    match = _NUMBER.fullmatch(index.removeprefix(name)) if index.startswith(name) else None
    return int(match[1]) if match else 0
