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
        return read_whole(path, name)[0]
    except ImageError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(
            f"{name}: the file cannot be read ({reason or error}).",
            "Check that it is still there and that you may read it.",
        ) from error


def read_whole(path: str | bytes | os.PathLike[str], name: str) -> tuple[bytes, os.stat_result]:
    """The bytes of a file, and its state when they were read.

    Raises:
        OSError, ValueError: as `open` does.
        ImageError: it has more than `MAX_FILE_BYTES`; ``name`` is how the message calls it.
    """
    with open(path, "rb") as file:
        state = os.fstat(file.fileno())
        if state.st_size <= MAX_FILE_BYTES:
            return file.read(), state
    raise ImageError(
        f"{name}: the file has {state.st_size:,} bytes, more than the {MAX_FILE_BYTES:,} that are "
        "read into memory.",
        "Index a smaller copy of it.",
    )


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """A file name is bytes; what an error says of it must be text that can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
