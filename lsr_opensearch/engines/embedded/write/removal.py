"""Removing a whole index: its name at once, its rows in steps."""

from __future__ import annotations

import sqlite3

from lsr_opensearch.engines.embedded.arrays.segments import read_segments
from lsr_opensearch.engines.embedded.storage.layout import LEAVING, first_number
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.embedded.write.merge_steps import purge_segment

_NUMBERED = ("documents", "contents", "dead")
_OWNED = ("sources", "manifest")


def rename(connection: sqlite3.Connection, index_id: int, name: str) -> None:
    """Give an index another name, which no other has."""
    connection.execute("UPDATE indexes SET name = ? WHERE id = ?", (name, index_id))


def unname(connection: sqlite3.Connection, name: str) -> None:
    """Make an index invisible, and its segments ready to be deleted."""
    connection.execute(
        "UPDATE segments SET state = ? WHERE index_id = (SELECT id FROM indexes WHERE name = ?)",
        (LEAVING, name),
    )
    connection.execute("UPDATE indexes SET name = NULL WHERE name = ?", (name,))


def purge_all(store: Store, tuning: Tuning) -> None:
    """Delete all rows of indexes that have no name."""
    more = True
    while more:
        with store.writing(durable=False) as connection:
            more = purge_nameless(connection, tuning)


def purge_nameless(connection: sqlite3.Connection, tuning: Tuning) -> bool:
    """Delete some rows of indexes that have no name; False where there is none."""
    row = connection.execute("SELECT id FROM indexes WHERE name IS NULL LIMIT 1").fetchone()
    if row is None:
        return False
    (index_id,) = row
    for segment in read_segments(connection, index_id).leaving:
        purge_segment(connection, segment, tuning)
        return True
    if not _delete_some(connection, index_id, tuning.slice_rows):
        connection.execute("DELETE FROM indexes WHERE id = ?", (index_id,))
    return True


def _delete_some(connection: sqlite3.Connection, index_id: int, rows: int) -> bool:
    """Delete some rows of an index without segments; False where there is none."""
    start, end = first_number(index_id), first_number(index_id + 1)
    for table in _NUMBERED:
        deleted = connection.execute(
            f"DELETE FROM {table} WHERE number IN"
            f" (SELECT number FROM {table} WHERE number >= ? AND number < ? LIMIT ?)",
            (start, end, rows),
        ).rowcount
        if deleted:
            return True
    for table in _OWNED:
        connection.execute(f"DELETE FROM {table} WHERE index_id = ?", (index_id,))
    return False
