"""Writing what workers make in batches that fill, or that get old."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TypeVar

Made = TypeVar("Made")

# A batch is written when it is this old: what a crash can cost.
BATCH_AGE_S = 2.0


def in_batches(
    chunks: Iterable[Sequence[Made]], write: Callable[[Sequence[Made]], None], most: int
) -> Generator[Sequence[Made], None, None]:
    """Pass ``chunks`` on, after handing what they hold to ``write`` as batches fill.

    What is left is written in any case, also when the caller closes the iterator early (use
    `contextlib.closing`), but never what ``write`` itself has failed on.

    Args:
        most: a batch of as many is written, give or take a chunk.
    """
    batch: list[Made] = []
    started = time.monotonic()
    try:
        for made in chunks:
            batch.extend(made)
            if len(batch) >= most or (batch and time.monotonic() - started > BATCH_AGE_S):
                full, batch, started = batch, [], time.monotonic()
                write(full)
            yield made
    finally:
        if batch:
            write(batch)
