"""Turning the tail into segments and merging segments, in steps of some 10 ms.

Every step is one short transaction that leaves the file whole, with its progress in it: it can be
interrupted anywhere, and any process can take the next step.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lsr_opensearch.engines.embedded.arrays.merging import choose_compaction, choose_merge
from lsr_opensearch.engines.embedded.arrays.postings import encoded
from lsr_opensearch.engines.embedded.arrays.segments import (
    Segment,
    SegmentList,
    insert_segment,
    read_segments,
)
from lsr_opensearch.engines.embedded.arrays.vectors import inverted
from lsr_opensearch.engines.embedded.search.view import IndexRow, read_index, read_tail_vectors
from lsr_opensearch.engines.embedded.storage.layout import LIVE, first_number
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.embedded.write.merge_steps import (
    begin_merge,
    continue_merge,
    insert_postings,
    purge_segment,
    read_moved_locals,
)
from lsr_opensearch.engines.embedded.write.writing import raise_revision

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Ints

_BATCHES_A_SEGMENT = 4
_CLOSING_BUDGET_S = 0.1


class Upkeep:
    """Keeps the segments of one index in shape.

    Args:
        store: the file.
        name: the name of the index.
        tuning: sizes and times.
    """

    def __init__(self, store: Store, name: str, tuning: Tuning) -> None:
        self._store = store
        self._name = name
        self._tuning = tuning
        self._moved: dict[int, dict[int, Ints]] = {}

    def after_write(self, documents: int) -> None:
        """Take steps in proportion to what was written, until nothing is left to do.

        Raises:
            IndexBusyError: another process is writing; it will take the steps.
        """
        # Large batches come in rows: fewer and larger segments for them.
        batches = min(_BATCHES_A_SEGMENT * documents, self._tuning.flush_documents)
        least = max(self._tuning.tail_documents, batches)
        most = max(least, min(2 * batches, self._tuning.flush_documents))
        self._run(
            self._tuning.update_budget_s + documents * self._tuning.document_budget_s, least, most
        )

    def before_close(self) -> None:
        """Leave a short tail behind: whoever opens the file next scores it one by one.

        Raises:
            IndexBusyError: another process is writing; it will take the steps.
        """
        self._run(_CLOSING_BUDGET_S, self._tuning.tail_documents, self._tuning.flush_documents)

    def _run(self, budget_s: float, least: int, most: int) -> None:
        deadline = time.perf_counter() + budget_s
        while time.perf_counter() < deadline:
            with self._store.writing(durable=False, wait=False) as connection:
                if not self._step(connection, least, most, compact=False):
                    return

    def finish(self, progress: Callable[[int], None] | None) -> None:
        """Bring every document into a segment, and the segments into few.

        Args:
            progress: called after every step with the number of steps taken so far.
        """
        steps = 0
        while True:
            with self._store.writing(durable=False) as connection:
                if not self._step(connection, 1, self._tuning.flush_documents, compact=True):
                    return
            steps += 1
            if progress is not None:
                progress(steps)

    def _step(
        self, connection: sqlite3.Connection, least: int, most: int, *, compact: bool
    ) -> bool:
        """Do the most urgent thing; False where there is nothing to do."""
        index = read_index(connection, self._name)
        if index is None:
            return False
        segments = read_segments(connection, index.id)
        return (
            _flush(connection, index, segments, least, most)
            or self._begin_merge(connection, index, segments, compact=compact)
            or self._continue_merge(connection, index, segments)
            or self._purge(connection, segments)
        )

    def _begin_merge(
        self,
        connection: sqlite3.Connection,
        index: IndexRow,
        segments: SegmentList,
        *,
        compact: bool,
    ) -> bool:
        chosen = choose_merge(segments.live, segments.busy, self._tuning)
        if compact and not chosen and not segments.building:
            chosen = choose_compaction(segments.live)
        if not chosen:
            return False
        if not begin_merge(connection, index.id, chosen):
            raise_revision(connection, index.id)
        return True

    def _continue_merge(
        self, connection: sqlite3.Connection, index: IndexRow, segments: SegmentList
    ) -> bool:
        """A step of the smallest merge, so that small ones never wait for a large one."""
        if not segments.building:
            return False
        target = min(segments.building, key=lambda one: one.documents)
        sources = [one for one in segments.live if one.id in target.sources]
        moved = self._moved_locals(connection, target, sources)
        if continue_merge(connection, target, sources, moved, self._tuning):
            raise_revision(connection, index.id)
        return True

    def _moved_locals(
        self, connection: sqlite3.Connection, target: Segment, sources: list[Segment]
    ) -> dict[int, Ints]:
        """Where the documents of a merge go: fixed when it began, so it can be remembered."""
        if target.id not in self._moved:
            self._moved = {target.id: read_moved_locals(connection, target, sources)}
        return self._moved[target.id]

    def _purge(self, connection: sqlite3.Connection, segments: SegmentList) -> bool:
        if not segments.leaving:
            return False
        purge_segment(connection, segments.leaving[0], self._tuning)
        return True


def _flush(
    connection: sqlite3.Connection,
    index: IndexRow,
    segments: SegmentList,
    least: int,
    most: int,
) -> bool:
    """Make a segment of the first documents of the tail, if there are enough of them."""
    start = segments.tail_start(first_number(index.id))
    if index.next_number - start < least:
        return False
    numbers, vectors = read_tail_vectors(connection, start, index.next_number, most)
    if len(numbers) < least:
        return False
    segment = insert_segment(connection, index.id, numbers, state=LIVE)
    insert_postings(connection, segment, encoded(inverted(vectors), len(numbers)))
    connection.execute("DELETE FROM dead WHERE number BETWEEN ? AND ?", (start, int(numbers[-1])))
    raise_revision(connection, index.id)
    return True
