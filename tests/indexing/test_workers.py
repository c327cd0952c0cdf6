"""Chunks in threads: bounded look-ahead, every result, and a clean stop."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import pytest

from lsr_opensearch.indexing.workers import CHUNK, READY_CHUNKS, map_chunks


def test_every_thing_is_worked_on_once() -> None:
    done = [n for chunk in map_chunks(list, range(1000), workers=3) for n in chunk]
    assert done == list(range(1000))


def test_results_come_in_the_order_of_the_input_whoever_finishes_first() -> None:
    def work(chunk: Sequence[int]) -> int:
        time.sleep(0.05 if chunk[0] == 0 else 0)
        return chunk[0]

    assert list(map_chunks(work, range(5 * CHUNK), workers=2)) == [n * CHUNK for n in range(5)]


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


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("good", [0, 3, CHUNK, 50 * CHUNK + 1])
def test_what_came_before_an_error_of_the_input_is_given_first(
    error: type[BaseException], good: int
) -> None:
    def things() -> Iterator[int]:
        yield from range(good)
        raise error

    results = map_chunks(list, things(), workers=2)
    done = [n for chunk in islice(results, math.ceil(good / CHUNK)) for n in chunk]
    assert done == list(range(good))
    with pytest.raises(error):
        next(results)


def test_after_ctrl_c_what_is_in_work_is_given_and_the_rest_dropped() -> None:
    main_thread = threading.main_thread().ident
    assert main_thread is not None
    begun: list[int] = []

    def work(chunk: Sequence[int]) -> int:
        begun.append(chunk[0])
        if chunk[0] == 0:
            time.sleep(0.05)
            signal.pthread_kill(main_thread, signal.SIGINT)
        time.sleep(0.2)
        return chunk[0]

    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        done.extend(map_chunks(work, range(1000), workers=2))
    assert done == sorted(begun)
    assert 1 <= len(done) <= 4
