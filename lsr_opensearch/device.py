"""Where torch computes, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lsr_opensearch.errors import LsrError, UsageError


def usable_device(name: str) -> torch.device:
    """The device of a name such as ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        UsageError: torch knows none, or cannot use it on this machine.
    """
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    # A wrong name, no driver, a torch without CUDA: each has an error of its own.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(
            f"The device {name!r} cannot be used ({str(error).splitlines()[0]}).",
            "Take the processor (--device cpu), or a torch that knows this machine's GPU.",
        ) from error
    return device


@contextmanager
def gpu_memory(for_what: str, next_step: str, error: type[LsrError]) -> Iterator[None]:
    """Say what the memory of the GPU was too small for, where it is.

    Args:
        error: what is raised then.
    """
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise error(f"The memory of the GPU is too small for {for_what}.", next_step) from None
