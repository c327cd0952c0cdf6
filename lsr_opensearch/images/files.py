"""Reading the bytes of a file, and naming it in messages."""

from __future__ import annotations

import os

from lsr_opensearch.errors import ImageError

# A larger file is no photograph, and would have to fit into memory.
MAX_FILE_BYTES = 512 * 1024 * 1024


def read_file(path: str | bytes | os.PathLike[str], *, name: str | None = None) -> bytes:
    """The bytes of a file; ``name`` is how errors call it, the path by default.

    Raises:
        ImageError: it does not exist, is no file, may not be read, or has more than
            `MAX_FILE_BYTES`.
    """
    name = name or printable(path)
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= MAX_FILE_BYTES:
                return file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(
            f"{name}: the file cannot be read ({reason or error}).",
            "Check that it is still there and that you may read it.",
        ) from error
    raise ImageError(
        f"{name}: the file has {size:,} bytes, more than the {MAX_FILE_BYTES:,} that are read "
        "into memory.",
        "Index a smaller copy of it.",
    )


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """A file name is bytes; what an error says of it must be text that can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
