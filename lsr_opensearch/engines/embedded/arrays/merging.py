"""Which segments to merge, and how their postings become one: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import (
    LOCAL,
    WEIGHT,
    Columns,
    decoded,
    encoded,
    grouped,
)
from lsr_opensearch.engines.embedded.arrays.segments import Segment, places
from lsr_opensearch.engines.embedded.storage.failures import DamagedError
from lsr_opensearch.engines.embedded.storage.layout import MAX_SPARSE_FIELDS, TERM_BITS
from lsr_opensearch.engines.embedded.tuning import Tuning

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Flags, Floats, Ints, Numbers


# Where a dropped document's local number leads.
_DROPPED = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True)
class SourceRows:
    """Some postings of a segment that is being merged.

    Attributes:
        documents: how many documents the segment has.
        moved: (documents,) uint32: local numbers in the new segment.
        rows: subkeys and bytes, ascending.
    """

    documents: int
    moved: Ints
    rows: Sequence[tuple[int, bytes]]

    @classmethod
    def keeping(cls, kept: Flags, rows: Sequence[tuple[int, bytes]]) -> SourceRows:
        """Postings of documents that stay where they are or, where not kept, are dropped."""
        own = np.arange(len(kept), dtype=LOCAL)
        return cls(len(kept), np.where(kept, own, _DROPPED), rows)


def choose_merge(
    segments: Sequence[Segment], busy: frozenset[int], tuning: Tuning
) -> tuple[Segment, ...]:
    """Neighbouring segments to be replaced by one; empty where none should be.

    A run of neighbours of at most one size class is merged when together they reach the next:
    every document is rewritten at most once a size class. A segment with many dead documents is
    rewritten alone.
    """
    for one in segments:
        if one.id not in busy and one.dead > one.documents * tuning.dead_share:
            return (one,)
    sizes = {one.id: _size_class(one.live_documents, tuning) for one in segments}
    for size_class in range(max(sizes.values(), default=-1) + 1):
        for run in _runs(segments, busy, sizes, size_class):
            chosen = _reaching(run, size_class, tuning)
            if chosen:
                return chosen
    return ()


def choose_compaction(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments to merge so that each is at least as large as all that follow it together.

    At most log2 of the number of documents then remain, and a search is about as fast as on one.
    """
    following = 0
    for at in range(len(segments) - 1, -1, -1):
        size = segments[at].live_documents
        if following and size < following:
            return tuple(segments[_first_smaller(segments, at) :])
        following += size
    return ()


def _first_smaller(segments: Sequence[Segment], at: int) -> int:
    """From here on everything is merged: the segments before are each larger than the result."""
    total = sum(one.live_documents for one in segments[at:])
    while at > 0 and segments[at - 1].live_documents < total:
        at -= 1
        total += segments[at].live_documents
    return at


def _size_class(documents: int, tuning: Tuning) -> int:
    """0 for segments as they are first written, one more for every merge that is worth it."""
    size_class = 0
    while documents >= tuning.tail_documents * tuning.merge_factor ** (size_class + 1):
        size_class += 1
    return size_class


def _runs(
    segments: Sequence[Segment], busy: frozenset[int], sizes: dict[int, int], size_class: int
) -> Iterator[list[Segment]]:
    run: list[Segment] = []
    for one in segments:
        if one.id in busy or sizes[one.id] > size_class:
            yield run
            run = []
        else:
            run.append(one)
    yield run


def _reaching(run: list[Segment], size_class: int, tuning: Tuning) -> tuple[Segment, ...]:
    """The first segments of the run that are together worth a merge."""
    wanted = tuning.tail_documents * tuning.merge_factor ** (size_class + 1)
    total = 0
    for count, one in enumerate(run, 1):
        total += one.live_documents
        if count > 1 and (total >= wanted or count >= 2 * tuning.merge_factor):
            return tuple(run[:count])
    return ()


def moved_locals(source: Numbers, target: Numbers) -> Ints:
    """For every document of a source segment, its local number in the target, or none."""
    at, there = places(target, source)
    moved: Ints = np.where(there, at.astype(LOCAL), _DROPPED)
    return moved


def merged(sources: Sequence[SourceRows], documents: int) -> Iterator[tuple[int, bytes]]:
    """The postings of the new segment, of ``documents`` documents; ascending subkeys."""
    return encoded(moved_columns(sources), documents)


def moved_columns(sources: Sequence[SourceRows]) -> Columns:
    """The postings of several segments' documents, where these are in the new segment."""
    parts = [_moved_part(source) for source in sources]
    keys, locals_, weights = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return grouped(keys, locals_, weights)


def _moved_part(source: SourceRows) -> tuple[Ints, Ints, Floats]:
    """Keys, new local numbers and weights of a source's postings, without the dropped ones."""
    parts = [_sparse(key, data, source.documents) for key, data in source.rows]
    locals_ = np.frombuffer(b"".join(part[0] for part in parts), LOCAL)
    weights = np.frombuffer(b"".join(part[1] for part in parts), WEIGHT)
    counts = np.array([len(part[0]) for part in parts], np.intp) // LOCAL.itemsize
    keys = np.repeat(np.array([key for key, _ in source.rows], np.uint32), counts)
    if len(locals_) != len(weights) or len(locals_) != len(keys):
        raise DamagedError("a posting has an impossible length")
    if len(locals_) and locals_.max() >= source.documents:
        raise DamagedError("a posting names a document that does not exist")
    moved = source.moved[locals_]
    kept = moved != _DROPPED
    return keys[kept], moved[kept], weights[kept]


def _sparse(key: int, data: bytes, documents: int) -> tuple[bytes, bytes]:
    """Local numbers and weights of a posting of any form, as bytes."""
    if key >> TERM_BITS >= MAX_SPARSE_FIELDS:
        return data, bytes(len(data))
    if len(data) == 4 * documents:
        locals_, weights = decoded(data, documents)
        return locals_.tobytes(), weights.tobytes()
    half = len(data) // 2
    return data[:half], data[half:]
