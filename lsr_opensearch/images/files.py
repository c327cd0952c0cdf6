"""Reading the bytes of a file, and naming it in messages."""

from __future__ import annotations

import os

from lsr_opensearch.errors import ImageError


def read_file(path: str | bytes | os.PathLike[str], *, name: str | None = None) -> bytes:
    """The bytes of a file; ``name`` is how errors call it, the path by default.

    Raises:
        ImageError: it does not exist, is no file, or may not be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(
            f"{name or printable(path)}: the file cannot be read ({reason or error}).",
            "Check that it is still there and that you may read it.",
        ) from error


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """A file name is bytes; what an error says of it must be text that can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
