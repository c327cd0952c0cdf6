"""Pictures of coming batches, decoded in threads while the step before them runs."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lsr_opensearch.encoders.networks.picture_input import PictureInput

# Decoders release the interpreter's lock; more threads than this find nothing to do.
_MOST_WORKERS = 8
# Batches that are decoded or being so, beside the one in the step: what bounds the memory.
AHEAD = 2

Waiting = list["Future[npt.NDArray[np.float32]]"]


def decoded(
    batches: Iterable[Sequence[Path]], picture: PictureInput, ahead: int = AHEAD
) -> Iterator[Tensor]:
    """The pixels of each batch of files, float32 [batch, 3, height, width], in their order.

    Raises:
        ImageError: a picture cannot be decoded; the error names its file.
    """
    workers = max(1, min(_MOST_WORKERS, os.cpu_count() or 1))
    rest = iter(batches)
    waiting: deque[Waiting] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            while True:
                while len(waiting) <= ahead and (files := next(rest, None)) is not None:
                    waiting.append([pool.submit(picture.pixels, file) for file in files])
                if not waiting:
                    return
                pictures = [one.result() for one in waiting.popleft()]
                yield torch.from_numpy(picture.batch(pictures))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
