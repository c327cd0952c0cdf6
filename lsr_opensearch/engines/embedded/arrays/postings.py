"""Postings as bytes, and what is done with them: pure functions on arrays.

A posting says which documents of a segment contain a term, and with which weight. Documents are
local to the segment: 0 for its first one. Three forms, told apart by field and length, for a
segment of ``n`` documents of which ``m`` contain the term:

- sparse, ``8 * m`` bytes: ``m`` little-endian uint32 local numbers, ascending, then ``m`` float32
  weights;
- dense, ``4 * n`` bytes, where ``m`` is at least a third of ``n``: a float32 for every document,
  0 where it does not contain the term. Adding such a column is several times as fast;
- without weights, ``4 * m`` bytes: local numbers only.

Unsigned local numbers let numpy's own bounds check find a damaged one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.storage.failures import DamagedError
from lsr_opensearch.engines.embedded.storage.layout import MAX_SPARSE_FIELDS, TERM_BITS

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Floats, Ints, Slots


LOCAL = np.dtype("<u4")
WEIGHT = np.dtype("<f4")
_DENSE_DIVISOR = 3
# Postings are added in chunks whose scratch arrays stay in the processor's second-level cache.
_CHUNK = 32768
_NO_SUCH_DOCUMENT = "a posting names a document that does not exist"


@dataclass(frozen=True)
class Columns:
    """Postings of many terms, side by side.

    Attributes:
        keys: (t,) uint32, the subkeys, ascending.
        starts: (t + 1,) where each term's postings begin, and the end of the last.
        locals: (p,) uint32 local document numbers, ascending within a term.
        weights: (p,) float32; 0 in fields without weights.
    """

    keys: Ints
    starts: Slots
    locals: Ints
    weights: Floats

    def column(self, key: int) -> slice:
        """Where the postings of a term are; an empty slice where there are none."""
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or int(self.keys[at]) != key:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))


def grouped(keys: Ints, locals_: Ints, weights: Floats) -> Columns:
    """Postings given in any order as columns; the pairs of key and local number are unique."""
    # One number for both, so that any sort, stable or not, has one result.
    order = np.argsort(keys.astype(np.uint64) << np.uint64(32) | locals_)
    keys = keys[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    starts = np.append(np.flatnonzero(first), len(keys))
    return Columns(keys[first], starts, locals_[order], weights[order])


def encoded(columns: Columns, documents: int) -> Iterator[tuple[int, bytes]]:
    """Every term's subkey and bytes, in a segment of ``documents`` documents."""
    counts = np.diff(columns.starts)
    begin = np.repeat(columns.starts[:-1], counts)
    slots = begin + np.arange(len(columns.locals))
    # Each term's local numbers and then its weights, in one array, so that a term is one slice.
    mixed = np.empty(2 * len(columns.locals), LOCAL)
    mixed[slots] = columns.locals
    mixed[slots + np.repeat(counts, counts)] = columns.weights.astype(WEIGHT).view(LOCAL)
    data = mixed.tobytes()
    for key, start, count in zip(
        columns.keys.tolist(), columns.starts.tolist(), counts.tolist(), strict=False
    ):
        if key >> TERM_BITS >= MAX_SPARSE_FIELDS:
            yield key, data[8 * start : 8 * start + 4 * count]
        elif count * _DENSE_DIVISOR >= documents:
            yield key, _dense(columns, slice(start, start + count), documents)
        else:
            yield key, data[8 * start : 8 * (start + count)]


def _dense(columns: Columns, at: slice, documents: int) -> bytes:
    column = np.zeros(documents, WEIGHT)
    column[columns.locals[at]] = columns.weights[at]
    return column.tobytes()


def decoded(data: bytes, documents: int) -> tuple[Ints, Floats]:
    """Local numbers and weights of a posting with weights."""
    if len(data) == 4 * documents:
        column = np.frombuffer(data, WEIGHT)
        present = np.flatnonzero(column)
        return present.astype(LOCAL), column[present]
    count, rest = divmod(len(data), 8)
    if rest or count > documents:
        raise DamagedError("a posting has an impossible length")
    return np.frombuffer(data, LOCAL, count), np.frombuffer(data, WEIGHT, count, 4 * count)


def decoded_locals(data: bytes, key: int, documents: int) -> Ints:
    """Local numbers of a posting of any field."""
    if key >> TERM_BITS < MAX_SPARSE_FIELDS:
        locals_ = decoded(data, documents)[0]
    elif len(data) % 4:
        raise DamagedError("a posting has an impossible length")
    else:
        locals_ = np.frombuffer(data, LOCAL)
    if len(locals_) and locals_.max() >= documents:
        raise DamagedError(_NO_SUCH_DOCUMENT)
    return locals_


class Accumulator:
    """Adds weighted postings to scores; owns the scratch arrays for it.

    Sums are float32 and are made in the order of the calls, whatever form a posting has, so that
    equal documents get equal scores in every segment.
    """

    def __init__(self) -> None:
        self._slots = np.empty(_CHUNK, np.intp)
        self._products = np.empty(_CHUNK, np.float32)

    def add_posting(self, scores: Floats, data: bytes, query_weight: np.float32) -> None:
        """Add a posting with weights to the scores of its segment, one score a document."""
        if len(data) == 4 * len(scores):
            self._add_column(scores, np.frombuffer(data, WEIGHT), query_weight)
        else:
            locals_, weights = decoded(data, len(scores))
            self.add(scores, locals_, weights, query_weight)

    def add(self, scores: Floats, locals_: Ints, weights: Floats, query_weight: np.float32) -> None:
        """Add ``weights * query_weight`` to the scores at ``locals_``."""
        try:
            for start in range(0, len(locals_), _CHUNK):
                chunk = locals_[start : start + _CHUNK]
                slots = self._slots[: len(chunk)]
                products = self._products[: len(chunk)]
                np.copyto(slots, chunk)
                np.multiply(weights[start : start + _CHUNK], query_weight, out=products)
                np.add.at(scores, slots, products)
        except IndexError:
            raise DamagedError(_NO_SUCH_DOCUMENT) from None

    def _add_column(self, scores: Floats, column: Floats, query_weight: np.float32) -> None:
        for start in range(0, len(column), _CHUNK):
            chunk = column[start : start + _CHUNK]
            products = self._products[: len(chunk)]
            np.multiply(chunk, query_weight, out=products)
            scores[start : start + _CHUNK] += products
