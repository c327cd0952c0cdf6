"""Work spread over threads with a bounded look-ahead, results in the order of the input.

A worker takes one chunk of pictures all the way: read, hash, decode, encode. Decoders, resizing
and the networks release the interpreter lock, so as many workers as cores keep the cores busy,
and no stage waits for another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

# Pictures a chunk: enough for a network to work well on, few enough to be gone in a moment.
CHUNK = 8
# Chunks that wait ready beside those in work, so that no worker idles while a batch is written.
READY_CHUNKS = 4


def map_chunks(
    work: Callable[[Sequence[Given]], Made], things: Iterable[Given], workers: int
) -> Iterator[Made]:
    """``work`` on chunks of ``things`` in ``workers`` threads; results in the order of the chunks.

    At most ``workers + READY_CHUNKS`` chunks are under way, however many things there are.

    When ``things`` raises, everything that it gave before is worked on and its results come first,
    then the error. The same holds for Ctrl-C while a result is waited for, but chunks that have
    not begun are dropped. When the caller stops (an exception, or closing the iterator), they are
    dropped, too, and those in work are waited for.
    """
    rest = iter(things)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="encode")
    pending: deque[Future[Made]] = deque()
    error: BaseException | None = None
    try:
        while True:
            while error is None and len(pending) < workers + READY_CHUNKS:
                chunk, error = _take(rest)
                if not chunk:
                    break
                pending.append(pool.submit(work, chunk))
            if not pending:
                break
            try:
                made = pending[0].result()
            except KeyboardInterrupt as interrupt:
                if isinstance(error, KeyboardInterrupt):
                    raise  # the second one: whoever presses it does not want to wait
                error = interrupt
                pending = deque(future for future in pending if not future.cancel())
                continue
            pending.popleft()
            yield made
        if error is not None:
            raise error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _take(rest: Iterator[Given]) -> tuple[tuple[Given, ...], BaseException | None]:
    """The next chunk, empty at the end, and the error that cut it short."""
    chunk: list[Given] = []
    while len(chunk) < CHUNK:
        try:
            chunk.append(next(rest))
        except StopIteration:
            break
        # Whatever it is, it is raised again, once what came before it is through.
        except BaseException as error:
            return tuple(chunk), error
    return tuple(chunk), None
