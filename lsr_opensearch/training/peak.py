"""How much memory a training took."""

from __future__ import annotations

import sys

import torch

# Of getrusage: kilobytes, and bytes on a Mac.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes() -> int:
    """The most memory that this process ever held at once; 0 where the system does not count."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT


def peak_gpu_bytes() -> int:
    """The most memory of the GPU that was ever taken at once; 0 without one."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
