"""Where a training computes, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lsr_opensearch.errors import TrainingError


def usable_device(name: str) -> torch.device:
    """The device of a name such as ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        TrainingError: this machine has no such device.
    """
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    # Without CUDA, torch asserts; with it, and without such a device, it raises RuntimeError.
    except (RuntimeError, AssertionError) as error:
        raise TrainingError(
            f"Nothing can be computed on {name!r} here ({str(error).splitlines()[0]}).",
            "Take the processor (--device cpu), or a torch that knows this machine's GPU.",
        ) from error
    return device


@contextmanager
def gpu_memory(for_what: str, next_step: str) -> Iterator[None]:
    """Say what the memory of the GPU was too small for, where it is.

    Raises:
        TrainingError: it is.
    """
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise TrainingError(
            f"The memory of the GPU is too small for {for_what}.", next_step
        ) from None
