"""The lines of a text file, read one at a time and decoded as UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.sources import display_path

# A longer line is no row of captions, and must not be read into memory whole.
_MAX_LINE_BYTES = 64 * 1024 * 1024


def text_lines(path: bytes) -> Iterator[str]:
    """The lines of a file with their ends; a byte order mark at the start is left out.

    Raises:
        CaptionFileError: it cannot be read, is not UTF-8 (says in which line), or is no text.
    """
    return _lines(path, _MAX_LINE_BYTES)


def _lines(path: bytes, max_bytes: int) -> Iterator[str]:
    shown = display_path(path)
    try:
        with open(path, "rb") as file:
            number = 0
            while line := file.readline(max_bytes + 1 if max_bytes >= 0 else -1):
                number += 1
                if 0 <= max_bytes < len(line):
                    raise CaptionFileError(
                        f"{shown}, line {number}: longer than {max_bytes >> 20} MiB.",
                        "Check that it is the caption file that you meant.",
                    )
                yield _decoded(
                    line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, shown, number
                )
    except OSError as error:
        raise unreadable(path, error) from error


def whole_text(path: bytes) -> str:
    """The text of a file that can only be understood whole, such as JSON.

    Raises:
        CaptionFileError: as `text_lines`.
    """
    return "".join(_lines(path, -1))


def unreadable(path: bytes, error: OSError) -> CaptionFileError:
    """The error for a file that cannot be opened or read."""
    return CaptionFileError(
        f"{display_path(path)}: the caption file cannot be read ({error.strerror or error}).",
        "Check its name, and that you may read it.",
    )


def _decoded(line: bytes, shown: str, number: int) -> str:
    if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CaptionFileError(f"{shown}: the text is UTF-16.", "Save it as UTF-8.")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CaptionFileError(
            f"{shown}, line {number}: the text is not UTF-8 (byte {error.start + 1} of the line).",
            "Save the file as UTF-8.",
        ) from None
