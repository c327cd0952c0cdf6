"""Segments: which documents each covers, and the way between numbers and places."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsr_opensearch.engines.embedded.storage.failures import DamagedError
from lsr_opensearch.engines.embedded.storage.layout import BUILDING, LEAVING, LIVE

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Flags, Numbers, Slots

_COLUMNS = "id, state, first, last, documents, dead, sources, progress"
_OFFSET = np.dtype("<u4")


@dataclass(frozen=True)
class Segment:
    """A row of ``segments``.

    Attributes:
        first, last: the range of document numbers that no other live segment has a part in.
        documents: how many documents its postings know, dead ones too.
        dead: how many of them are gone.
        sources: ids of the segments that it will replace, while it is being built.
        progress: the subkey up to which its postings are written, while it is being built.
    """

    id: int
    state: int
    first: int
    last: int
    documents: int
    dead: int
    sources: tuple[int, ...]
    progress: int

    @property
    def live_documents(self) -> int:
        """How many of its documents are not gone."""
        return self.documents - self.dead


@dataclass(frozen=True)
class SegmentList:
    """The segments of an index, by state, ascending by document number."""

    live: tuple[Segment, ...]
    building: tuple[Segment, ...]
    leaving: tuple[Segment, ...]

    @property
    def busy(self) -> frozenset[int]:
        """The segments that a merge is replacing."""
        return frozenset(source for segment in self.building for source in segment.sources)

    def tail_start(self, index_start: int) -> int:
        """The first document number that no segment can have."""
        return self.live[-1].last + 1 if self.live else index_start


def read_segments(connection: sqlite3.Connection, index_id: int) -> SegmentList:
    """The segments of an index as they are now."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM segments WHERE index_id = ? ORDER BY first, id", (index_id,)
    ).fetchall()
    segments = [_segment(row) for row in rows]
    return SegmentList(
        live=tuple(s for s in segments if s.state == LIVE),
        building=tuple(s for s in segments if s.state == BUILDING),
        leaving=tuple(s for s in segments if s.state == LEAVING),
    )


def _segment(row: tuple[Any, ...]) -> Segment:
    number, state, first, last, documents, dead, sources, progress = row
    return Segment(
        number, state, first, last, documents, dead, tuple(json.loads(sources)), progress
    )


def insert_segment(
    connection: sqlite3.Connection,
    index_id: int,
    numbers: Numbers,
    *,
    state: int,
    sources: Sequence[int] = (),
) -> int:
    """Add a segment of these documents; its id."""
    first, last = int(numbers[0]), int(numbers[-1])
    segment = connection.execute(
        "INSERT INTO segments (index_id, state, first, last, documents, dead, sources, progress)"
        " VALUES (?, ?, ?, ?, ?, 0, ?, -1)",
        (index_id, state, first, last, len(numbers), json.dumps(list(sources))),
    ).lastrowid
    if segment is None:
        raise DamagedError("a new segment got no id")
    if last - first + 1 != len(numbers):
        connection.execute(
            "INSERT INTO segment_numbers (segment, numbers) VALUES (?, ?)",
            (segment, (numbers - first).astype(_OFFSET).tobytes()),
        )
    return segment


def read_numbers(connection: sqlite3.Connection, segment: Segment) -> Numbers:
    """The numbers of a segment's documents, ascending."""
    if segment.last - segment.first + 1 == segment.documents:
        return np.arange(segment.first, segment.last + 1, dtype=np.int64)
    row = connection.execute(
        "SELECT numbers FROM segment_numbers WHERE segment = ?", (segment.id,)
    ).fetchone()
    if row is None or len(row[0]) != segment.documents * _OFFSET.itemsize:
        raise DamagedError(f"the documents of segment {segment.id} are not there")
    return np.frombuffer(row[0], _OFFSET).astype(np.int64) + segment.first


def places(numbers: Numbers, wanted: Numbers) -> tuple[Slots, Flags]:
    """Where ``wanted`` are among ascending ``numbers``, and which of them are there at all."""
    if not len(numbers):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    at = np.searchsorted(numbers, wanted)
    at[at == len(numbers)] = 0
    there: Flags = numbers[at] == wanted
    return at, there


def read_dead(connection: sqlite3.Connection, first: int, last: int) -> Numbers:
    """The numbers of the dead documents in a range, ascending."""
    rows = connection.execute("SELECT number FROM dead WHERE number BETWEEN ? AND ?", (first, last))
    return np.fromiter((number for (number,) in rows), np.int64)
