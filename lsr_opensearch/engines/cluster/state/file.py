"""The local file of manifests: where it lies, its tables, and its failures as our own errors."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator

from lsr_opensearch.engines.cluster.state.looking import opened_to_look
from lsr_opensearch.errors import IndexBusyError, IndexFileError, LsrError, StorageFullError

FORMAT_VERSION = 1
_BUSY_TIMEOUT_S = 30.0
_TABLES = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    index_uuid TEXT NOT NULL,
    name BLOB NOT NULL,
    UNIQUE (index_uuid, name)
);
CREATE TABLE manifest (
    source INTEGER NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    annotation TEXT NOT NULL,
    document_id TEXT NOT NULL,
    problem BLOB NOT NULL,
    pending INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    letter BLOB,                    -- a document that the cluster rejected, as JSON
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
CREATE TABLE indexes (              -- which index a name stood for when it was last used from here
    cluster TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    PRIMARY KEY (cluster, name)
) WITHOUT ROWID;
"""
# Writes that fail for want of room under a quota or a file size limit are I/O errors to SQLite.
_NO_ROOM = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StateFile:
    """One SQLite file for everything that this machine remembers. Safe to use from threads.

    It is made when something is to be remembered; who only looks needs neither room nor the right
    to write. A damaged one is moved aside then, and is as good as none before: what it held is
    found out again by scanning the indexes.

    Args:
        path: of the file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def looking(self) -> Iterator[sqlite3.Connection]:
        """One state of all that is remembered, to be read inside; nothing is written.

        Raises:
            IndexBusyError, IndexFileError: it cannot be read.
        """
        with self._lock:
            try:
                connection = self._connection or self._looked_into()
                try:
                    with _transaction(connection, "BEGIN"):
                        yield connection
                finally:
                    if connection is not self._connection:
                        connection.close()
            except sqlite3.Error as error:
                raise _translation(error, self.path) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done inside, durable when the block ends.

        Raises:
            StorageFullError, IndexBusyError, IndexFileError: nothing was written.
        """
        with self._lock:
            try:
                connection = self._opened()
                with _transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
            except sqlite3.Error as error:
                raise _translation(error, self.path) from error

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = _connect(self.path)
            except sqlite3.DatabaseError as error:
                if (error.sqlite_errorcode & 0xFF) not in _DAMAGED:
                    raise
                _move_aside(self.path)
                self._connection = _connect(self.path)
        return self._connection

    def _looked_into(self) -> sqlite3.Connection:
        """What is there to be read; nothing where there is no file, or none that can be used."""
        if not os.path.exists(self.path):
            return _empty()
        try:
            connection = opened_to_look(self.path, _BUSY_TIMEOUT_S)
        except sqlite3.DatabaseError as error:
            if (error.sqlite_errorcode & 0xFF) not in _DAMAGED:
                raise
            return _empty()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == FORMAT_VERSION:
            return connection
        connection.close()
        if version > FORMAT_VERSION:
            raise _newer(self.path)
        # Another process is just making it.
        return _empty()


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
    except BaseException:
        # A full disk ends the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _connect(path: str) -> sqlite3.Connection:
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    except OSError as error:
        raise IndexFileError(
            f"The folder for the record of what is indexed cannot be made: "
            f"{os.path.dirname(path)} ({error.strerror or error}).",
            "Choose another one with the environment variable LSR_OS_STATE_DIR.",
        ) from error
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        _make_tables(connection)
    connection.execute("COMMIT")
    if version > FORMAT_VERSION:
        raise _newer(path)


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _make_tables(connection)
    return connection


def _newer(path: str) -> IndexFileError:
    return IndexFileError(
        f"{path} was written by a newer version of lsr-opensearch.", "Upgrade lsr-opensearch."
    )


def _move_aside(path: str) -> None:
    os.replace(path, path + ".damaged")
    # A log that outlived its database would be played into the next one.
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.remove(path + suffix)


def _translation(error: sqlite3.Error, path: str) -> LsrError:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _NO_ROOM:
        return StorageFullError(
            f"There was no room to record what is indexed in {path} ({error}).",
            "Make room on its disk and run the same command again; nothing that was acknowledged "
            "is lost.",
        )
    if (code & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexBusyError(
            f"Another process kept {path} locked for too long.",
            "Wait for it to finish and run the same command again.",
        )
    return IndexFileError(
        f"The record of what is indexed, {path}, cannot be read or written ({error}).",
        "Check its disk and permissions. It may be deleted: the next run finds out again what is "
        "indexed.",
    )
