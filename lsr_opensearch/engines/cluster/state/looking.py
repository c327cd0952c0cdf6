"""Looking into the file of manifests without writing: its disk may be full, or read-only."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def opened_to_look(path: str, timeout_s: float) -> sqlite3.Connection:
    """A connection that reads the file as it is and changes nothing of it.

    SQLite wants room for a file beside it, through which it would see what another process is
    writing. Where that cannot be made, nobody is writing: then it is read without.

    Raises:
        sqlite3.Error: it cannot be read, or what was written last lies in a log that cannot.
    """
    try:
        # Not "ro": that one leaves its file behind. Where writing is not allowed it is "ro" anyway.
        return _connected(path, "mode=rw", timeout_s)
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in _BUSY or _has_log(path):
            raise
        return _connected(path, "mode=ro&immutable=1", timeout_s)


def _connected(path: str, how: str, timeout_s: float) -> sqlite3.Connection:
    address = f"file:{quote(os.fsencode(os.path.abspath(path)))}?{how}"
    connection = sqlite3.connect(
        address, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False
    )
    try:
        # The file is opened by the first look.
        connection.execute("PRAGMA user_version").fetchone()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: str) -> bool:
    """Whether something was written that is not in the file itself yet."""
    try:
        return os.path.getsize(path + "-wal") > 0
    except OSError:
        return False
