"""What a search sees: the segments, the tail and the dead documents of one moment.

Every document that postings or the tail know has a slot: its place in one array of scores. A
segment's slots are ``base + local number``; the tail's come last.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import Columns
from lsr_opensearch.engines.embedded.arrays.segments import (
    Segment,
    places,
    read_dead,
    read_numbers,
    read_segments,
)
from lsr_opensearch.engines.embedded.arrays.vectors import PackedVectors, inverted
from lsr_opensearch.engines.embedded.storage.layout import first_number
from lsr_opensearch.engines.port import Schema, SparseField
from lsr_opensearch.errors import IndexFileError, SpaceMismatchError

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Numbers, Slots


@dataclass(frozen=True)
class IndexRow:
    """A row of ``indexes``."""

    id: int
    schema: Schema
    next_number: int
    revision: int

    @property
    def field_names(self) -> tuple[str, ...]:
        """The sparse fields, in the order of their numbers."""
        return tuple(self.schema.fields)


@dataclass(frozen=True)
class Tail:
    """The documents that no segment has yet, inverted in memory."""

    numbers: Numbers
    columns: Columns


@dataclass(frozen=True)
class Part:
    """A segment in a view: where its slots begin, and which of its documents are gone."""

    segment: Segment
    base: int
    numbers: Numbers
    dead: Slots


@dataclass(frozen=True)
class View:
    """An index at one revision."""

    index: IndexRow
    parts: tuple[Part, ...]
    tail: Tail

    @property
    def tail_base(self) -> int:
        """The slot of the tail's first document."""
        if not self.parts:
            return 0
        return self.parts[-1].base + self.parts[-1].segment.documents

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self.tail_base + len(self.tail.numbers)

    def numbers_at(self, slots: Slots) -> Numbers:
        """The numbers of the documents in these slots."""
        numbers = np.empty(len(slots), np.int64)
        for base, known in self._ranges():
            here = (slots >= base) & (slots < base + len(known))
            if here.any():
                numbers[here] = known[slots[here] - base]
        return numbers

    def slots_of(self, numbers: Numbers) -> Slots:
        """The slots of ascending document numbers; those without one are left out."""
        found = []
        for base, known in self._ranges():
            if not len(known):
                continue
            start, end = np.searchsorted(numbers, (known[0], known[-1] + 1))
            at, there = places(known, numbers[start:end])
            found.append(at[there] + base)
        return np.concatenate(found) if found else np.empty(0, np.intp)

    def _ranges(self) -> list[tuple[int, Numbers]]:
        ranges = [(part.base, part.numbers) for part in self.parts]
        return [*ranges, (self.tail_base, self.tail.numbers)]


def read_index(connection: sqlite3.Connection, name: str) -> IndexRow | None:
    """The index of a name, or None."""
    row = connection.execute(
        "SELECT id, schema, next_number, revision FROM indexes WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else IndexRow(row[0], schema_from_json(row[1]), row[2], row[3])


def required_index(connection: sqlite3.Connection, name: str, path: str) -> IndexRow:
    """The index of a name in the file at ``path``.

    Raises:
        IndexFileError: there is none.
    """
    index = read_index(connection, name)
    if index is None:
        raise IndexFileError(
            f"{path} holds no index named {name!r}.",
            f"Make one with: lsr-os index FOLDER --url {path} --index {name}",
        )
    return index


def check_schema(name: str, index: IndexRow, wanted: Schema | None) -> None:
    """Make sure that whoever uses the index speaks its language; None takes any.

    Raises:
        SpaceMismatchError: the index was rebuilt for another model meanwhile.
    """
    if wanted is not None and index.schema != wanted:
        raise SpaceMismatchError(
            f"The index {name!r} was rebuilt meanwhile: it holds the words of the model "
            f"{index.schema.model!r} now, not those of {wanted.model!r}.",
            f"Open it again, with that model (--model {index.schema.model}).",
        )


def schema_to_json(schema: Schema) -> str:
    """A schema as the file holds it; the order of the fields is their numbers."""
    fields = [
        {"name": name, "source": field.source, "space_id": field.space_id, "weight": field.weight}
        for name, field in schema.fields.items()
    ]
    return json.dumps({"model": schema.model, "fields": fields})


@lru_cache(maxsize=16)
def schema_from_json(text: str) -> Schema:
    """The schema that `schema_to_json` wrote."""
    data = json.loads(text)
    fields = {
        field["name"]: SparseField(field["source"], field["space_id"], field["weight"])
        for field in data["fields"]
    }
    return Schema(data["model"], fields)


def read_view(connection: sqlite3.Connection, index: IndexRow, previous: View | None) -> View:
    """The view of an index now; what has not changed since ``previous`` is taken from there."""
    known = {}
    if previous is not None and previous.index.id == index.id:
        known = {part.segment.id: part for part in previous.parts}
    segments = read_segments(connection, index.id)
    parts = []
    base = 0
    for segment in segments.live:
        parts.append(_part(connection, segment, base, known.get(segment.id)))
        base += segment.documents
    tail = _read_tail(connection, segments.tail_start(first_number(index.id)), index)
    return View(index, tuple(parts), tail)


def _part(connection: sqlite3.Connection, segment: Segment, base: int, known: Part | None) -> Part:
    numbers = read_numbers(connection, segment) if known is None else known.numbers
    # A segment's documents only ever die: as many dead as before are the same ones.
    if known is not None and known.segment.dead == segment.dead:
        dead = known.dead
    elif segment.dead:
        at, there = places(numbers, read_dead(connection, segment.first, segment.last))
        dead = at[there]
    else:
        dead = np.empty(0, np.intp)
    return Part(segment, base, numbers, dead)


def _read_tail(connection: sqlite3.Connection, start: int, index: IndexRow) -> Tail:
    numbers, vectors = read_tail_vectors(connection, start, index.next_number, -1)
    return Tail(numbers, inverted(vectors))


def read_tail_vectors(
    connection: sqlite3.Connection, start: int, end: int, limit: int
) -> tuple[Numbers, list[PackedVectors]]:
    """Numbers and vectors of the documents from ``start`` to before ``end``, at most ``limit``."""
    rows = connection.execute(
        "SELECT number, lengths, ids, weights FROM contents"
        " WHERE number >= ? AND number < ? ORDER BY number LIMIT ?",
        (start, end, limit),
    ).fetchall()
    numbers = np.array([row[0] for row in rows], np.int64)
    return numbers, [PackedVectors(*row[1:]) for row in rows]
