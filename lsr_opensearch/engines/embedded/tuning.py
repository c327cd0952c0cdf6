"""The sizes and times that the embedded engine works with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """When new documents become segments, when segments are merged, and in how long steps.

    The defaults are measured (``benchmarks/embedded_query.py``, ``embedded_update.py``); tests
    make them tiny.

    Attributes:
        tail_documents: this many documents without a segment are turned into one.
        flush_documents: at most this many documents become one segment in one transaction.
        merge_factor: neighbouring segments are merged when together they hold this many times
            the documents of their size class.
        dead_share: a segment with this share of dead documents is rewritten without them.
        slice_rows: posting rows that one step of a merge or purge handles at most, about 10 ms.
        slice_bytes: the same in bytes of postings.
        update_budget_s: upkeep after a write, in seconds, whatever the size of the write.
        document_budget_s: upkeep for every document written, in seconds.
    """

    tail_documents: int = 128
    flush_documents: int = 4096
    merge_factor: int = 10
    dead_share: float = 0.25
    slice_rows: int = 2000
    slice_bytes: int = 2 << 20
    update_budget_s: float = 0.010
    document_budget_s: float = 0.001
