"""Work that is done ahead of need, in threads, so that who needs it does not wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def look_ahead(
    work: Callable[[Given], Made], things: Iterable[Given], *, workers: int, most: int
) -> Iterator[Made]:
    """``work`` on each thing, results in order; at most ``most`` of them wait to be taken."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    pending: deque[Future[Made]] = deque()
    try:
        for thing in things:
            pending.append(pool.submit(work, thing))
            if len(pending) > most:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
