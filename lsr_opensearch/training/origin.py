"""What a training began with, so that it goes on with nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lsr_opensearch.dense.fingerprint import add_tensors

_LOOKED_AT = 64
# Drawn with another number of threads, weights differ by a millionth; those of another model more.
_ALIKE = 1e-4


@dataclass(frozen=True)
class Origin:
    """What is given to a training beside its settings.

    Attributes:
        data: a digest of both splits.
        start: of the weights before the first step, as `sampled` takes them.
    """

    data: str
    start: Mapping[str, Tensor]


def digest(tensors: Mapping[str, Tensor], texts: Iterable[str] = ()) -> str:
    """The same for the same names, numbers and texts, on any device; 64 hex digits."""
    told = hashlib.sha256()
    add_tensors(told, tensors)
    for text in texts:
        told.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return told.hexdigest()


def sampled(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name and shape of each tensor -> some numbers of it, float32 [at most 64]."""
    found = {}
    for name, tensor in weights.items():
        flat = tensor.detach().cpu().flatten()
        places = torch.linspace(0, len(flat) - 1, min(_LOOKED_AT, len(flat))).long()
        found[f"{name} {tuple(tensor.shape)}"] = flat[places].float()
    return found


def is_same_start(some: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> bool:
    """Whether two samples are of the same weights, but for rounding."""
    return some.keys() == others.keys() and all(
        torch.allclose(one, others[name], rtol=_ALIKE, atol=_ALIKE, equal_nan=True)
        for name, one in some.items()
    )
