"""Sources and the manifest: which files the index knows, and whose they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from shlex import quote

from lsr_opensearch.engines.embedded.storage.text import to_bytes, to_text
from lsr_opensearch.engines.port import ManifestEntry, SourceBinding
from lsr_opensearch.errors import SourceError


def bind_source(connection: sqlite3.Connection, index_id: int, binding: SourceBinding) -> None:
    """Register a source; again with the same host and root does nothing.

    Raises:
        SourceError: the name is bound to another host or root.
    """
    row = connection.execute(
        "SELECT host, root FROM sources WHERE index_id = ? AND name = ?",
        (index_id, to_bytes(binding.name)),
    ).fetchone()
    place = (to_bytes(binding.host), to_bytes(binding.root))
    if row is None:
        connection.execute(
            "INSERT INTO sources (index_id, name, host, root) VALUES (?, ?, ?, ?)",
            (index_id, to_bytes(binding.name), *place),
        )
    elif row != place:
        host, root = map(to_text, row)
        raise SourceError(
            f"The source name {binding.name!r} already stands for {root or 'items'!r}"
            f"{f' on {host}' if host else ''}.",
            "Give this one another name, or forget the other first: "
            f"lsr-os forget {quote(binding.name)}",
        )


def require_source(connection: sqlite3.Connection, index_id: int, name: str) -> None:
    """Make sure that what is written can be seen and forgotten later.

    Raises:
        SourceError: the source is not registered, or not any more.
    """
    row = connection.execute(
        "SELECT 1 FROM sources WHERE index_id = ? AND name = ?", (index_id, to_bytes(name))
    ).fetchone()
    if row is None:
        raise SourceError(
            f"The source {name!r} is not in the index; it may have been forgotten meanwhile.",
            "Run the same command again to index it anew.",
        )


def read_sources(connection: sqlite3.Connection, index_id: int) -> list[SourceBinding]:
    """The registered sources, by name."""
    rows = connection.execute(
        "SELECT name, host, root FROM sources WHERE index_id = ? ORDER BY name", (index_id,)
    )
    return [SourceBinding(*map(to_text, row)) for row in rows]


def delete_provenance(connection: sqlite3.Connection, index_id: int, source: str) -> None:
    """Remove a source's registration and manifest, but not its documents."""
    place = (index_id, to_bytes(source))
    connection.execute("DELETE FROM sources WHERE index_id = ? AND name = ?", place)
    connection.execute("DELETE FROM manifest WHERE index_id = ? AND source = ?", place)


def read_manifest(
    connection: sqlite3.Connection, index_id: int, source: str
) -> dict[bytes, ManifestEntry]:
    """The manifest of a source, by path."""
    rows = connection.execute(
        "SELECT path, size, mtime_ns, sha256, annotation, document_id, problem FROM manifest"
        " WHERE index_id = ? AND source = ?",
        (index_id, to_bytes(source)),
    )
    entries = (ManifestEntry(*(*values, to_text(problem))) for *values, problem in rows)
    return {entry.path: entry for entry in entries}


def write_manifest(
    connection: sqlite3.Connection,
    index_id: int,
    source: str,
    entries: Sequence[ManifestEntry],
    forgotten_paths: Iterable[bytes],
) -> None:
    """Remove and then insert or replace entries of a source's manifest."""
    name = to_bytes(source)
    connection.executemany(
        "DELETE FROM manifest WHERE index_id = ? AND source = ? AND path = ?",
        ((index_id, name, path) for path in forgotten_paths),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO manifest (index_id, source, path, size, mtime_ns, sha256,"
        " annotation, document_id, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                index_id,
                name,
                entry.path,
                entry.size,
                entry.mtime_ns,
                entry.sha256,
                entry.annotation,
                entry.document_id,
                to_bytes(entry.problem),
            )
            for entry in entries
        ),
    )
