"""Which files of a source an index holds, as far as this machine knows.

Before a document is sent, or its deletion, its path is noted as pending with all that is sent, so
that whatever happens next, a file that disappears meanwhile is still known to have a document that
must go, one that becomes again what it was is not taken for unchanged, and captions are kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.port import ManifestEntry

_COLUMNS = "path, size, mtime_ns, sha256, annotation, document_id, problem, pending"

# What a row takes over of a newer one of its path, whatever became of that.
_TAKEN = (
    "size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256,"
    " annotation = excluded.annotation, document_id = excluded.document_id"
)
# What `pending` says of a row: a document is sent where none was known, or in place of one.
_SENT, _REPLACES = 1, 2
_BEGUN = (
    f"pending = CASE WHEN manifest.pending = {_REPLACES} OR (manifest.pending = 0"
    " AND manifest.problem = x'' AND manifest.document_id != '')"
    f" THEN {_REPLACES} ELSE {_SENT} END, problem = x'', letter = NULL"
)


@dataclass(frozen=True, slots=True)
class Record:
    """An entry to keep, unless a later revision of it is known.

    Attributes:
        letter: the document as it was sent, where the cluster rejected it.
    """

    entry: ManifestEntry
    revision: int
    letter: bytes | None = None


class Manifests:
    """The manifests of one index, by source. ``index_uuid`` tells it from others of its name."""

    def __init__(self, file: StateFile, index_uuid: str) -> None:
        self._file = file
        self._uuid = index_uuid

    def read(self, source: str) -> dict[bytes, ManifestEntry] | None:
        """The manifest of a source; None where this machine has none and must look."""
        with self._file.looking() as connection:
            number = self._number(connection, source)
            if number is None:
                return None
            rows = connection.execute(
                f"SELECT {_COLUMNS}, revision FROM manifest WHERE source = ?", (number,)
            ).fetchall()
        return {entry.path: entry for entry in map(_entry, rows)}

    def replace(self, source: str, records: Iterable[Record]) -> None:
        """The manifest as a scan of the index found it."""
        with self._file.transaction() as connection:
            self._delete(connection, source)
            _write(connection, self._added(connection, source), records)

    def begin(self, source: str, records: Iterable[Record], deleted: Mapping[bytes, int]) -> None:
        """Note what is about to be sent, and the paths whose documents are about to be deleted,
        with their revisions; not where a later one is known, which would win."""
        with self._file.transaction() as connection:
            number = self._added(connection, source)
            connection.executemany(
                f"INSERT INTO manifest (source, {_COLUMNS}, revision)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, x'', {_SENT}, ?)"
                f" ON CONFLICT (source, path) DO UPDATE SET {_BEGUN}, {_TAKEN},"
                " revision = max(manifest.revision, excluded.revision)"
                " WHERE excluded.revision >= manifest.revision OR manifest.document_id = ''",
                ((number, *_file(record.entry), record.revision) for record in records),
            )
            connection.executemany(
                f"UPDATE manifest SET {_BEGUN}, revision = ?1 WHERE source = ?2 AND path = ?3"
                " AND document_id != '' AND revision <= ?1",
                ((revision, number, path) for path, revision in deleted.items()),
            )

    def record(
        self, source: str, records: Iterable[Record], forgotten: Mapping[bytes, int]
    ) -> None:
        """Keep what was acknowledged or rejected, and forget paths up to their revisions."""
        with self._file.transaction() as connection:
            number = self._added(connection, source)
            connection.executemany(
                "DELETE FROM manifest WHERE source = ? AND path = ? AND revision <= ?",
                ((number, path, revision) for path, revision in forgotten.items()),
            )
            _write(connection, number, records)

    def letters(self, source: str) -> Iterator[tuple[bytes, str, int, bytes]]:
        """Path, id, revision and JSON of every document of the source that was rejected."""
        with self._file.looking() as connection:
            rows = connection.execute(
                "SELECT path, document_id, revision, letter FROM manifest"
                " WHERE source = ? AND letter IS NOT NULL",
                (self._number(connection, source),),
            ).fetchall()
        yield from rows

    def forget(self, source: str) -> None:
        """The source is not in the index any more."""
        with self._file.transaction() as connection:
            self._delete(connection, source)

    def forget_all(self) -> None:
        """The index is gone."""
        with self._file.transaction() as connection:
            numbers = connection.execute(
                "SELECT id FROM sources WHERE index_uuid = ?", (self._uuid,)
            ).fetchall()
            connection.executemany("DELETE FROM manifest WHERE source = ?", numbers)
            connection.execute("DELETE FROM sources WHERE index_uuid = ?", (self._uuid,))

    def _number(self, connection: sqlite3.Connection, source: str) -> int | None:
        row = connection.execute(
            "SELECT id FROM sources WHERE index_uuid = ? AND name = ?",
            (self._uuid, _to_bytes(source)),
        ).fetchone()
        return None if row is None else int(row[0])

    def _added(self, connection: sqlite3.Connection, source: str) -> int:
        connection.execute(
            "INSERT OR IGNORE INTO sources (index_uuid, name) VALUES (?, ?)",
            (self._uuid, _to_bytes(source)),
        )
        number = self._number(connection, source)
        assert number is not None  # noqa: S101  it was inserted above
        return number

    def _delete(self, connection: sqlite3.Connection, source: str) -> None:
        number = self._number(connection, source)
        connection.execute("DELETE FROM manifest WHERE source = ?", (number,))
        connection.execute("DELETE FROM sources WHERE id = ?", (number,))


def _write(connection: sqlite3.Connection, number: int, records: Iterable[Record]) -> None:
    connection.executemany(
        f"INSERT INTO manifest (source, {_COLUMNS}, revision, letter)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (source, path) DO UPDATE SET {_TAKEN},"
        " problem = excluded.problem, pending = excluded.pending, revision = excluded.revision,"
        " letter = excluded.letter WHERE excluded.revision >= manifest.revision",
        (
            (
                number,
                *_file(record.entry),
                _to_bytes(record.entry.problem),
                _REPLACES if record.entry.replaces else int(record.entry.pending),
                record.revision,
                record.letter,
            )
            for record in records
        ),
    )


def _file(entry: ManifestEntry) -> tuple[bytes | int | str, ...]:
    """The first of the columns: the file, and what its document was made from."""
    return (
        entry.path,
        entry.size,
        entry.mtime_ns,
        entry.sha256,
        entry.annotation,
        entry.document_id,
    )


def _entry(row: tuple[Any, ...]) -> ManifestEntry:
    path, size, mtime_ns, sha256, annotation, key, problem, pending, revision = row
    return ManifestEntry(
        path,
        size,
        mtime_ns,
        sha256,
        annotation,
        key,
        _to_text(problem),
        pending=bool(pending),
        replaces=pending == _REPLACES,
        revision=revision,
    )


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _to_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
