"""Which columns or keys of a row name the file, and which hold captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The first that a row has is the file; the others are metadata.
FILE_COLUMNS = ("file", "file_name", "filename", "filepath", "path", "image")
# All that a row has are captions, in this order.
CAPTION_COLUMNS = ("caption", "captions", "text", "description", "title")


def normal(name: str) -> str:
    """A column's name as it is compared: ``File Name`` is ``file_name``."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def file_column(names: Mapping[str, Any]) -> str | None:
    """The key of ``names`` (normal name -> anything) that names the file."""
    return next((name for name in FILE_COLUMNS if name in names), None)


def caption_columns(names: Mapping[str, Any]) -> list[str]:
    """The keys of ``names`` (normal name -> anything) that hold captions."""
    return [name for name in CAPTION_COLUMNS if name in names]
