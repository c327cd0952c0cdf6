"""Merging segments in the file, step by step, and deleting those that were replaced."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.arrays.merging import SourceRows, merged, moved_locals
from lsr_opensearch.engines.embedded.arrays.segments import (
    Segment,
    insert_segment,
    places,
    read_dead,
    read_numbers,
)
from lsr_opensearch.engines.embedded.storage.layout import (
    BUILDING,
    LEAVING,
    LIVE,
    SUBKEY_MASK,
    posting_key,
)
from lsr_opensearch.engines.embedded.tuning import Tuning

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Ints, Numbers


# Deleting a posting takes a fraction of the time of merging it.
_PURGE_FACTOR = 4

Rows = list[tuple[int, bytes]]


def begin_merge(connection: sqlite3.Connection, index_id: int, sources: Sequence[Segment]) -> bool:
    """Fix which documents the new segment will have: those that live now.

    Returns:
        Whether there is one; otherwise all the documents are dead, and the sources leave.
    """
    kept = []
    for source in sources:
        numbers = read_numbers(connection, source)
        at, there = places(numbers, read_dead(connection, source.first, source.last))
        kept.append(np.delete(numbers, at[there]))
    numbers = np.concatenate(kept)
    if not len(numbers):
        _retire(connection, sources, keep=numbers)
        return False
    insert_segment(
        connection, index_id, numbers, state=BUILDING, sources=[one.id for one in sources]
    )
    return True


def read_moved_locals(
    connection: sqlite3.Connection, target: Segment, sources: Sequence[Segment]
) -> dict[int, Ints]:
    """By source, where its documents are in the target."""
    numbers = read_numbers(connection, target)
    return {
        source.id: moved_locals(read_numbers(connection, source), numbers) for source in sources
    }


def continue_merge(
    connection: sqlite3.Connection,
    target: Segment,
    sources: Sequence[Segment],
    moved: Mapping[int, Ints],
    tuning: Tuning,
) -> bool:
    """Write the next postings of the target; whether it has replaced its sources now."""
    rows, reached = _next_rows(connection, sources, target.progress, tuning)
    parts = [
        SourceRows(source.documents, moved[source.id], mine)
        for source, mine in zip(sources, rows, strict=True)
    ]
    insert_postings(connection, target.id, merged(parts, target.documents))
    if reached < SUBKEY_MASK:
        connection.execute("UPDATE segments SET progress = ? WHERE id = ?", (reached, target.id))
        return False
    _retire(connection, sources, keep=read_numbers(connection, target))
    (dead,) = connection.execute(
        "SELECT count(*) FROM dead WHERE number BETWEEN ? AND ?", (target.first, target.last)
    ).fetchone()
    connection.execute(
        "UPDATE segments SET state = ?, sources = '[]', dead = ? WHERE id = ?",
        (LIVE, dead, target.id),
    )
    return True


def purge_segment(connection: sqlite3.Connection, segment: Segment, tuning: Tuning) -> None:
    """Delete some postings of a segment that is searched no more, and at last the segment."""
    reached = SUBKEY_MASK
    sizes = connection.execute(
        "SELECT key, length(data) FROM postings WHERE key BETWEEN ? AND ? ORDER BY key",
        (posting_key(segment.id, 0), posting_key(segment.id, SUBKEY_MASK)),
    )
    total = 0
    for count, (key, size) in enumerate(sizes, 1):
        total += size
        if (
            count >= _PURGE_FACTOR * tuning.slice_rows
            or total >= _PURGE_FACTOR * tuning.slice_bytes
        ):
            reached = key & SUBKEY_MASK
            break
    connection.execute(
        "DELETE FROM postings WHERE key BETWEEN ? AND ?",
        (posting_key(segment.id, 0), posting_key(segment.id, reached)),
    )
    if reached == SUBKEY_MASK:
        connection.execute("DELETE FROM segment_numbers WHERE segment = ?", (segment.id,))
        connection.execute("DELETE FROM segments WHERE id = ?", (segment.id,))


def read_postings(
    connection: sqlite3.Connection, segment: Segment, tuning: Tuning
) -> Iterator[Rows]:
    """All postings of a segment, in slices."""
    progress = -1
    while progress < SUBKEY_MASK:
        (rows,), progress = _next_rows(connection, [segment], progress, tuning)
        yield rows


def insert_postings(
    connection: sqlite3.Connection, segment: int, postings: Iterable[tuple[int, bytes]]
) -> None:
    """Add postings, ascending by subkey, to a segment."""
    connection.executemany(
        "INSERT INTO postings (key, data) VALUES (?, ?)",
        ((posting_key(segment, key), data) for key, data in postings),
    )


def _retire(connection: sqlite3.Connection, segments: Sequence[Segment], keep: Numbers) -> None:
    """Take segments out of the search, and their dead documents that no new segment knows."""
    for segment in segments:
        dead = read_dead(connection, segment.first, segment.last)
        _, kept = places(keep, dead)
        connection.executemany(
            "DELETE FROM dead WHERE number = ?", ((number,) for number in dead[~kept].tolist())
        )
        connection.execute("UPDATE segments SET state = ? WHERE id = ?", (LEAVING, segment.id))


def _next_rows(
    connection: sqlite3.Connection, sources: Sequence[Segment], progress: int, tuning: Tuning
) -> tuple[list[Rows], int]:
    """The next postings of every source, of all the same terms; up to which subkey these are."""
    most_rows = max(1, tuning.slice_rows // len(sources))
    most_bytes = tuning.slice_bytes // len(sources)
    reached = SUBKEY_MASK
    read = []
    for source in sources:
        rows, complete = _some_rows(connection, source.id, progress, most_rows, most_bytes)
        read.append(rows)
        if not complete:
            reached = min(reached, rows[-1][0])
    return [[row for row in rows if row[0] <= reached] for rows in read], reached


def _some_rows(
    connection: sqlite3.Connection, segment: int, progress: int, most_rows: int, most_bytes: int
) -> tuple[Rows, bool]:
    """At least one posting after ``progress``, if there is one; whether these are all."""
    rows: Rows = []
    size = 0
    for key, data in connection.execute(
        "SELECT key, data FROM postings WHERE key > ? AND key <= ? ORDER BY key",
        (posting_key(segment, 0) + progress, posting_key(segment, SUBKEY_MASK)),
    ):
        rows.append((key & SUBKEY_MASK, data))
        size += len(data)
        if len(rows) >= most_rows or size >= most_bytes:
            return rows, False
    return rows, True
