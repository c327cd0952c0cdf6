"""How a model was made, as its ``model.json`` and its card tell."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from lsr_opensearch.training.checkpoints import Progress

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Of getrusage: kilobytes, and bytes on a Mac.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def making(settings: DataclassInstance, progress: Progress) -> dict[str, Any]:
    """What is told of any training that is over: settings, time, memory, and its best epoch."""
    best = progress.rows[progress.best_epoch - 1]
    return {
        "settings": asdict(settings),
        "seconds": round(progress.seconds, 1),
        "peak_bytes": peak_bytes(),
        "peak_gpu_bytes": torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0,
        "best_epoch": progress.best_epoch,
        "metrics": {
            "val R@1": round(best["recall_at_1"], 2),
            "val R@10": round(best["recall_at_10"], 2),
            "val MRR@10": round(best["mrr_at_10"], 2),
            "val FLOPs": round(best["flops"], 3),
        },
    }


def shown_name(name: str | os.PathLike[str]) -> str:
    """The hub's name, or the folder's without where it lies: a card tells nothing of a machine."""
    path = Path(name)
    return path.resolve().name if path.exists() else os.fspath(name)


def peak_bytes() -> int:
    """The most memory that this process ever held at once; 0 where the system does not count."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
