"""SQLite's errors as the library's own, each with what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from lsr_opensearch.errors import IndexBusyError, IndexFileError, LsrError, StorageFullError

REBUILD = (
    "Rebuild it by indexing the folder again to a new file; the pictures themselves are untouched."
)

# Writes that fail for want of room under a quota or a file size limit are I/O errors to SQLite.
_NO_ROOM = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR})


class DamagedError(Exception):
    """Something read from the file cannot have been written by this engine."""


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise what SQLite raises inside as an error of the library that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translation(error, path) from error
    except DamagedError as error:
        raise damaged(path, str(error)) from error


def damaged(path: str, detail: str) -> IndexFileError:
    """The error for a file that cannot be read as what it was written as."""
    return IndexFileError(f"The index file {path} is damaged ({detail}).", REBUILD)


def _translation(error: sqlite3.Error, path: str) -> LsrError:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return damaged(path, str(error))
    primary = code & 0xFF
    if code in _NO_ROOM:
        return StorageFullError(
            f"There was no room to write to the index {path} ({error}).",
            "Make room on its disk and run the same command again; nothing that was acknowledged "
            "is lost.",
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexBusyError(
            f"Another process kept the index {path} locked for too long.",
            "Wait for it to finish and run the same command again.",
        )
    if primary == sqlite3.SQLITE_READONLY:
        return IndexFileError(
            f"The index {path} cannot be written to: it or its folder is read-only.",
            "Change the permissions, or index to another file.",
        )
    if primary == sqlite3.SQLITE_CANTOPEN:
        return IndexFileError(
            f"The index file {path} cannot be opened ({error}).",
            "Check that its folder exists and that you may read and write there.",
        )
    if primary == sqlite3.SQLITE_NOTADB:
        return IndexFileError(
            f"{path} is not an index file, or its beginning is damaged.",
            f"Check that it is the file that you mean. {REBUILD}",
        )
    if primary in _DAMAGED or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return damaged(path, str(error))
    return IndexFileError(
        f"The index file {path} cannot be read or written ({error}).",
        "Check the disk it lies on, then run the same command again.",
    )
