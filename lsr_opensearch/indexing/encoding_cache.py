"""Term weights by content: moves, copies and rebuilt indexes never encode a picture twice.

One SQLite file in the user's cache directory. It may be deleted at any time; a damaged one is
replaced. Losing it costs time, never data, so it is written without waiting for the disk.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

from lsr_opensearch.terms import TermWeights

# Oldest entries beyond this many are dropped; about 1.5 kB each.
MAX_ENTRIES = 1_000_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS encodings (
    space_id TEXT NOT NULL, sha256 TEXT NOT NULL, terms TEXT NOT NULL,
    PRIMARY KEY (space_id, sha256)
)
"""


class EncodingCache:
    """(content hash, space) -> term weights of a picture. Safe to use from several threads.

    Every operation that the cache file refuses (full disk, damage, lock) is a miss or a lost
    entry, nothing more.
    """

    def __init__(self, path: str | os.PathLike[str], max_entries: int = MAX_ENTRIES) -> None:
        self._lock = threading.Lock()
        self._max_entries = max_entries
        self._connection = _open(os.fspath(path))

    def get(self, space_id: str, sha256: Sequence[str]) -> dict[str, TermWeights]:
        """The cached term weights, by content hash; unknown hashes are left out."""
        found: dict[str, TermWeights] = {}
        with self._lock, contextlib.suppress(sqlite3.Error):
            for key in sha256:
                row = self._connection.execute(
                    "SELECT terms FROM encodings WHERE space_id = ? AND sha256 = ?",
                    (space_id, key),
                ).fetchone()
                if row is not None:
                    found[key] = json.loads(row[0])
        return found

    def put(self, space_id: str, encodings: Mapping[str, TermWeights]) -> None:
        """Remember the term weights of these content hashes."""
        rows = [(space_id, key, json.dumps(terms)) for key, terms in encodings.items()]
        with self._lock, contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO encodings VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Drop what is over the limit, and close the file."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            with self._connection:
                self._connection.execute(
                    "DELETE FROM encodings WHERE rowid <= "
                    "(SELECT rowid FROM encodings ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
                    (self._max_entries,),
                )
            self._connection.close()

    def __enter__(self) -> EncodingCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open(path: str) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.OperationalError:
        # Locked for long, no space, no permission: go on without a cache of earlier runs.
        return _connect(":memory:")
    except sqlite3.DatabaseError:
        # Damaged, or no database at all: begin anew.
        with contextlib.suppress(OSError):
            os.remove(path)
    try:
        return _connect(path)
    except sqlite3.Error:
        return _connect(":memory:")


def _connect(path: str) -> sqlite3.Connection:
    if path != ":memory:":
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(path), exist_ok=True)
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
