"""Whether the file holds what it should: its pages, its documents and their postings."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.arrays.merging import SourceRows, moved_columns
from lsr_opensearch.engines.embedded.arrays.postings import LOCAL, Columns
from lsr_opensearch.engines.embedded.arrays.vectors import inverted
from lsr_opensearch.engines.embedded.search.view import Part, View, read_tail_vectors
from lsr_opensearch.engines.embedded.storage.layout import first_number
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.embedded.write.merge_steps import read_postings

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Numbers

_DOCUMENTS_AT_ONCE = 1000
# Odd constants that spread the bits of a posting's parts, from xxHash.
_MIX_DOCUMENT = np.uint64(0x9E3779B185EBCA87)
_MIX_TERM = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX_ALL = np.uint64(0x165667B19E3779F9)


def page_problems(connection: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with the file."""
    rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    return [f"SQLite finds: {text}." for (text,) in rows if text != "ok"]


def index_problems(connection: sqlite3.Connection, view: View, tuning: Tuning) -> list[str]:
    """Where the documents of an index and their postings differ; reads the whole index."""
    problems = []
    documents = _numbers(connection, "documents", view)
    if not np.array_equal(documents, _numbers(connection, "contents", view)):
        problems.append("Some documents have lost their contents.")
    live = [np.delete(part.numbers, part.dead) for part in view.parts]
    if not np.array_equal(documents, np.concatenate([*live, view.tail.numbers])):
        problems.append("The segments do not hold the documents that they should.")
    problems += [
        f"The postings of segment {part.segment.id} are not those of its documents."
        for part in view.parts
        if _digest_of_postings(connection, part, tuning) != _digest_of_documents(connection, part)
    ]
    return problems


def _numbers(connection: sqlite3.Connection, table: str, view: View) -> Numbers:
    rows = connection.execute(
        f"SELECT number FROM {table} WHERE number >= ? AND number < ? ORDER BY number",
        (first_number(view.index.id), view.index.next_number),
    )
    return np.fromiter((number for (number,) in rows), np.int64)


def _digest_of_postings(connection: sqlite3.Connection, part: Part, tuning: Tuning) -> int:
    """A number made of the postings of the segment's live documents, in whatever order."""
    segment = part.segment
    # Dead documents lead nowhere, as when a segment is merged; the living stay where they are.
    kept = np.ones(segment.documents, np.bool_)
    kept[part.dead] = False
    digest = 0
    for rows in read_postings(connection, segment, tuning):
        columns = moved_columns([SourceRows.keeping(kept, rows)])
        digest += _digest(columns, part.numbers)
    return digest & 0xFFFFFFFFFFFFFFFF


def _digest_of_documents(connection: sqlite3.Connection, part: Part) -> int:
    """The same number, made of the documents' own vectors."""
    digest = 0
    start = part.segment.first
    while start <= part.segment.last:
        numbers, vectors = read_tail_vectors(
            connection, start, part.segment.last + 1, _DOCUMENTS_AT_ONCE
        )
        if not len(numbers):
            break
        digest += _digest(inverted(vectors), numbers)
        start = int(numbers[-1]) + 1
    return digest & 0xFFFFFFFFFFFFFFFF


def _digest(columns: Columns, numbers: Numbers) -> int:
    keys = np.repeat(columns.keys, np.diff(columns.starts)).astype(np.uint64)
    mixed = numbers[columns.locals].astype(np.uint64) * _MIX_DOCUMENT
    mixed ^= (keys << np.uint64(32) | columns.weights.view(LOCAL)) * _MIX_TERM
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX_ALL
    return int(mixed.sum(dtype=np.uint64))
