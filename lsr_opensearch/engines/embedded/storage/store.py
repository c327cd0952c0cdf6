"""The file itself: opening it, checking that it is ours, and transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from lsr_opensearch.engines.embedded.storage.failures import damaged, translated
from lsr_opensearch.engines.embedded.storage.layout import (
    APPLICATION_ID,
    FORMAT_VERSION,
    PAGE_SIZE,
    TABLES,
)
from lsr_opensearch.errors import IndexFileError

# SQLite maps at most 2 GiB; what lies behind is read page by page.
_MMAP_BYTES = 1 << 40
# Two thousand pages, 16 MiB: rarer checkpoints than SQLite's default, and none that takes long.
_CHECKPOINT_PAGES = 2000
_WAL_LIMIT_BYTES = 64 << 20
_PAGE_CACHE_KIB = 8 << 10
_RETRY_S = 0.01


class Store:
    """One index file. Opened where it exists; made only by `create`.

    Args:
        path: where the file is or shall be.
        busy_timeout_s: how long to wait for another process that is writing.

    Raises:
        IndexFileError: the path exists and is not an index file that can be opened.
    """

    def __init__(self, path: str | os.PathLike[str], busy_timeout_s: float) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._busy_timeout_s = busy_timeout_s
        # One connection has one transaction at a time: threads that share it take turns.
        self._turn = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._immutable = False
        self._connection = self._opened()

    @property
    def shown_path(self) -> str:
        """The path as it can be printed."""
        return os.fsencode(self.path).decode("utf-8", "replace")

    @property
    def exists(self) -> bool:
        """Whether there is an index file; looks again while there is none."""
        self._connection = self._connection or self._opened()
        return self._connection is not None

    def create(self) -> None:
        """Make the file with its tables, unless it is there.

        Raises:
            IndexFileError: the folder is missing or cannot be written to, or its file system
                cannot share a write-ahead log between processes.
        """
        if self.exists:
            return
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            raise IndexFileError(
                f"There is no folder for the index {self.shown_path}.",
                "Make the folder, or choose another place for the index.",
            )
        with translated(self.shown_path):
            connection = self._connect("rwc")
            try:
                self._make_tables(connection)
            except BaseException:
                connection.close()
                raise
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot of the file: everything read inside is of the same moment.

        Raises:
            IndexFileError: there is no index file, or it is damaged.
        """
        with self._turn, translated(self.shown_path):
            connection = self._usable()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, *, durable: bool = True, wait: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is applied, or nothing where an error leaves the block.

        Args:
            durable: on disk before this returns. Otherwise a loss of power may undo it, whole.
            wait: for other writers, as long as the busy timeout; otherwise not at all.

        Raises:
            StorageFullError, IndexBusyError, IndexFileError: nothing was applied.
        """
        with self._turn, translated(self.shown_path):
            connection = self._usable()
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            if not wait:
                connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if not wait:
                    connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")

    def another(self) -> Store:
        """The same file, with transactions of its own."""
        return Store(self.path, self._busy_timeout_s)

    def bytes_on_disk(self) -> int:
        """The size of the file and of what SQLite keeps beside it."""
        return sum(
            os.path.getsize(self.path + suffix)
            for suffix in ("", "-wal", "-shm")
            if os.path.exists(self.path + suffix)
        )

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _busy_timeout_ms(self) -> int:
        return int(self._busy_timeout_s * 1000)

    def _usable(self) -> sqlite3.Connection:
        if self._immutable and os.path.exists(self.path + "-wal"):
            self.close()  # someone who may write has begun to: see it like everyone else
        connection = self._connection or self._opened()
        if connection is None:
            raise IndexFileError(
                f"There is no index at {self.shown_path}.",
                "Make one with: lsr-os index FOLDER",
            )
        self._connection = connection
        return connection

    def _opened(self) -> sqlite3.Connection | None:
        """A connection to the file; None where there is none yet."""
        try:
            size = os.stat(self.path).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise IndexFileError(
                f"The index {self.shown_path} cannot be looked at ({error.strerror}).",
                "Check that you may read its folder.",
            ) from error
        if os.path.isdir(self.path):
            raise IndexFileError(
                f"{self.shown_path} is a folder, not an index file.",
                "Name a file in it, for example photos.lsr.",
            )
        if size == 0:
            return None  # made by someone who has not written to it yet
        with translated(self.shown_path):
            return self._checked(self._readable())

    def _checked(self, connection: sqlite3.Connection) -> sqlite3.Connection | None:
        """The connection where the file is an index; None where it is an empty database."""
        try:
            if self._is_index(connection):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def _readable(self) -> sqlite3.Connection:
        """A connection, also where the folder is read-only: then to a file that nobody writes."""
        self._immutable = False
        try:
            return self._connect("rw")
        except sqlite3.OperationalError as error:
            refused = error.sqlite_errorcode & 0xFF in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            )
            if not refused or os.path.exists(self.path + "-wal"):
                raise
        self._immutable = True
        return self._connect("ro", immutable=True)

    def _is_index(self, connection: sqlite3.Connection) -> bool:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            if application == 0 and not _has_tables(connection):
                return False
            raise IndexFileError(
                f"{self.shown_path} is a database of another application, not an index.",
                "Choose another file for the index.",
            )
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT_VERSION:
            raise IndexFileError(
                f"The index {self.shown_path} was made by a newer version of lsr-opensearch "
                f"(format {version}; this version reads {FORMAT_VERSION}).",
                "Upgrade with: pip install --upgrade lsr-opensearch",
            )
        if version != FORMAT_VERSION or not _has_tables(connection):
            raise damaged(self.shown_path, "its header names no known format")
        return True

    def _connect(self, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
        name = quote(os.fsencode(self.path))
        connection = sqlite3.connect(
            f"file:{name}?mode={mode}{'&immutable=1' if immutable else ''}",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
            connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
            connection.execute("PRAGMA secure_delete = OFF")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        if self._write_ahead_log(connection) != "wal":
            raise IndexFileError(
                f"The file system of {self.shown_path} cannot hold an index: it does not support "
                "SQLite's write-ahead log.",
                "Choose a place on a local disk.",
            )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._is_index(connection):  # no other process was faster
                for statement in TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _write_ahead_log(self, connection: sqlite3.Connection) -> str:
        """Switch the new file to WAL; SQLite does not wait for another process that does so."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
