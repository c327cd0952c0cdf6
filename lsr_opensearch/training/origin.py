"""What a training began with, in digests, so that it goes on with nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

from lsr_opensearch.dense.fingerprint import add_tensors


@dataclass(frozen=True)
class Origin:
    """Digests of what is given to a training beside its settings.

    Attributes:
        data: of both splits.
        start: of the weights before the first step, and so of the vocabulary's size.
    """

    data: str
    start: str


def digest(tensors: Mapping[str, Tensor], texts: Iterable[str] = ()) -> str:
    """The same for the same names, numbers and texts, on any device; 64 hex digits."""
    told = hashlib.sha256()
    add_tensors(told, tensors)
    for text in texts:
        told.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return told.hexdigest()
