"""Batches fill, get old, and are written whatever happens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pytest

from lsr_opensearch.indexing.batches import in_batches

CHUNKS = [[1, 2], [3, 4], [5]]


def test_every_chunk_is_passed_on() -> None:
    assert list(in_batches(CHUNKS, lambda _: None, 3)) == CHUNKS


def test_a_full_batch_is_written_and_then_the_rest() -> None:
    written: list[Sequence[int]] = []
    list(in_batches(CHUNKS, written.append, 3))
    assert written == [[1, 2, 3, 4], [5]]


def test_what_is_left_is_written_when_the_caller_stops() -> None:
    written: list[Sequence[int]] = []
    with closing(in_batches(CHUNKS, written.append, 100)) as chunks:
        next(chunks)
    assert written == [[1, 2]]


def test_a_batch_that_cannot_be_written_is_not_written_again() -> None:
    tried: list[Sequence[int]] = []

    def full_disk(batch: Sequence[int]) -> None:
        tried.append(batch)
        raise OSError

    with pytest.raises(OSError):
        list(in_batches(CHUNKS, full_disk, 2))
    assert tried == [[1, 2]]
