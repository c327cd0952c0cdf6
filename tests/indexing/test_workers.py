"""Chunks in threads: bounded look-ahead, every result, and a clean stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from lsr_opensearch.indexing.workers import CHUNK, READY_CHUNKS, map_chunks


def test_every_thing_is_worked_on_once() -> None:
    done = [n for chunk in map_chunks(list, range(1000), workers=3) for n in chunk]
    assert sorted(done) == list(range(1000))


def test_nothing_gives_nothing() -> None:
    assert list(map_chunks(list, [], workers=2)) == []


def test_the_look_ahead_is_bounded() -> None:
    taken = 0

    def things() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    results = map_chunks(list, things(), workers=2)
    next(results)
    time.sleep(0.05)
    assert taken <= CHUNK * (2 + READY_CHUNKS + 2)
    results.close()  # type: ignore[attr-defined]


def test_an_error_in_the_work_reaches_the_caller() -> None:
    def work(chunk: Sequence[int]) -> int:
        return 1 // (chunk[0] - 10 * CHUNK)

    with pytest.raises(ZeroDivisionError):
        list(map_chunks(work, range(200), workers=2))


def test_stopping_early_leaves_no_thread_behind() -> None:
    results = map_chunks(list, range(10_000), workers=2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]
