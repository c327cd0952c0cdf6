"""Standard output that knows its own failures from those of any other file."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


def watch_output() -> None:
    """From now on, `is_of_output` knows what goes wrong in writing to standard output.

    Characters that its encoding lacks are written as escapes: file names and captions hold them,
    and nobody wants a traceback instead of a result for that.
    """
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        return
    stream.reconfigure(errors="backslashreplace")
    stream.flush()
    # Not what a console of Windows is written by, nor what a test has put there.
    if isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO):
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(stream.fileno(), "wb", closefd=False)),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.isatty(),
        )


def is_of_output(error: OSError) -> bool:
    """Whether the error is of writing to standard output."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, _Output) and raw.failure is error
