"""Work spread over threads with a bounded look-ahead, results as they come.

A worker takes one chunk of pictures all the way: read, hash, decode, encode. Decoders, resizing
and the networks release the interpreter lock, so as many workers as cores keep the cores busy,
and no stage waits for another.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

# Pictures a chunk: enough for a network to work well on, few enough to be gone in a moment.
CHUNK = 8
# Chunks that wait ready beside those in work, so that no worker idles while a batch is written.
READY_CHUNKS = 4


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_chunks(
    work: Callable[[Sequence[Given]], Made], things: Iterable[Given], workers: int
) -> Iterator[Made]:
    """``work`` on chunks of ``things`` in ``workers`` threads; results in order of completion.

    At most ``workers + READY_CHUNKS`` chunks are under way, however many things there are. When
    the caller stops (an exception, Ctrl-C, or closing the iterator), chunks that have not begun
    are dropped, and those in work are waited for.
    """
    chunks = _chunks(things)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="encode")
    try:
        pending: set[Future[Made]] = {
            pool.submit(work, chunk) for chunk in islice(chunks, workers + READY_CHUNKS)
        }
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                pending |= {pool.submit(work, chunk) for chunk in islice(chunks, 1)}
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(things: Iterable[Given]) -> Iterator[tuple[Given, ...]]:
    rest = iter(things)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk
