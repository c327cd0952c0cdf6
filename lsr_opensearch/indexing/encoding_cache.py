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
from collections.abc import Iterator, Mapping, Sequence

from lsr_opensearch.terms import TermWeights, check_terms

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
    entry, nothing more. A file that turns out to be damaged is replaced once; after that there is
    no cache beyond this object's life.
    """

    def __init__(self, path: str | os.PathLike[str], max_entries: int = MAX_ENTRIES) -> None:
        self._lock = threading.Lock()
        self._path = os.fspath(path)
        self._max_entries = max_entries
        self._replaced = False
        self._connection = _open(self._path)

    def get(self, space_id: str, sha256: Sequence[str]) -> dict[str, TermWeights]:
        """The cached term weights, by content hash; unknown hashes are left out."""
        found: dict[str, TermWeights] = {}
        for key in sha256:
            with self._guarded() as connection:
                row = connection.execute(
                    "SELECT terms FROM encodings WHERE space_id = ? AND sha256 = ?",
                    (space_id, key),
                ).fetchone()
                # A damaged row need not be JSON, and JSON need not be term weights.
                with contextlib.suppress(ValueError, TypeError):
                    if row is not None:
                        found[key] = check_terms(json.loads(row[0]))
        return found

    def put(self, space_id: str, encodings: Mapping[str, TermWeights]) -> None:
        """Remember the term weights of these content hashes."""
        rows = [(space_id, key, json.dumps(terms)) for key, terms in encodings.items()]
        with self._guarded() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO encodings VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Drop what is over the limit, and close the file."""
        with self._guarded() as connection, connection:
            connection.execute(
                "DELETE FROM encodings WHERE rowid <= "
                "(SELECT rowid FROM encodings ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
                (self._max_entries,),
            )
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone; what the file refuses ends the block silently."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                if _is_damage(error):
                    self._replace()

    def _replace(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        if self._replaced:
            self._connection = _connect(":memory:")
            return
        self._replaced = True
        _remove(self._path)
        self._connection = _open(self._path)

    def __enter__(self) -> EncodingCache:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _open(path: str) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.Error as error:
        # Locked for long, no space, no permission: go on without a cache of earlier runs.
        if not _is_damage(error):
            return _connect(":memory:")
    _remove(path)
    try:
        return _connect(path)
    except sqlite3.Error:
        return _connect(":memory:")


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, or no database at all: that alone is no subclass's error."""
    return type(error) is sqlite3.DatabaseError


def _remove(path: str) -> None:
    # A log that outlived its database would be played into the next one.
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.remove(path + suffix)


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
