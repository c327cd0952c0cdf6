"""From a query's term weights to one score a slot."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import Accumulator, decoded_locals
from lsr_opensearch.engines.embedded.search.cache import PostingsCache
from lsr_opensearch.engines.embedded.search.view import View
from lsr_opensearch.engines.embedded.storage.layout import SUBKEY_BITS, posting_key

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Floats, Slots


class Scorer:
    """Scores views; keeps the postings cache and the array of scores between queries.

    Args:
        cache_bytes: how many bytes of postings to keep in memory.
    """

    def __init__(self, cache_bytes: int) -> None:
        self._cache = PostingsCache(cache_bytes)
        self._accumulator = Accumulator()
        self._scores: Floats = np.empty(0, np.float32)
        self._segments: set[int] = set()

    def view_changed(self, view: View) -> None:
        """Let go what belonged to segments that are gone."""
        segments = {part.segment.id for part in view.parts}
        if self._segments - segments:
            self._cache.keep_segments(segments, SUBKEY_BITS)
        self._segments = segments

    def scores(
        self, connection: sqlite3.Connection, view: View, query: Sequence[tuple[int, np.float32]]
    ) -> Floats:
        """The dot product of the query with every document, 0 for the dead: (slots,) float32.

        The array is the scorer's own, and is overwritten by the next query.

        Args:
            connection: inside a transaction at the view's revision.
            view: what to score.
            query: subkeys and weights; the order of the sums.
        """
        if len(self._scores) < view.slots:
            self._scores = np.empty(view.slots + view.slots // 8, np.float32)
        scores = self._scores[: view.slots]
        scores.fill(0)
        for part in view.parts:
            mine = scores[part.base : part.base + part.segment.documents]
            for key, weight in query:
                data = self.posting(connection, part.segment.id, key)
                if data is not None:
                    self._accumulator.add_posting(mine, data, weight)
            mine[part.dead] = 0
        self._score_tail(scores[view.tail_base :], view, query)
        return scores

    def slots_with(self, connection: sqlite3.Connection, view: View, key: int) -> Slots:
        """The slots, ascending, of the documents that have the term of a subkey."""
        found = [np.empty(0, np.intp)]
        for part in view.parts:
            data = self.posting(connection, part.segment.id, key)
            if data is not None:
                locals_ = decoded_locals(data, key, part.segment.documents)
                found.append(locals_.astype(np.intp) + part.base)
        columns = view.tail.columns
        found.append(columns.locals[columns.column(key)].astype(np.intp) + view.tail_base)
        return np.concatenate(found)

    def posting(self, connection: sqlite3.Connection, segment: int, key: int) -> bytes | None:
        """The bytes of a posting; None where the segment does not have the term."""
        row_key = posting_key(segment, key)
        if self._cache.enabled:
            try:
                return self._cache.get(row_key)
            except KeyError:
                data = _read_posting(connection, row_key)
                self._cache.put(row_key, data)
                return data
        return _read_posting(connection, row_key)

    def _score_tail(
        self, scores: Floats, view: View, query: Sequence[tuple[int, np.float32]]
    ) -> None:
        columns = view.tail.columns
        for key, weight in query:
            at = columns.column(key)
            self._accumulator.add(scores, columns.locals[at], columns.weights[at], weight)


def _read_posting(connection: sqlite3.Connection, row_key: int) -> bytes | None:
    row = connection.execute("SELECT data FROM postings WHERE key = ?", (row_key,)).fetchone()
    return None if row is None else row[0]
