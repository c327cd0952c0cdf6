"""How a data set is encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class EncodingSettings:
    """What can be chosen.

    Attributes:
        device: ``cpu`` or ``cuda``.
        precision: ``bf16`` computes large products in half of the memory, to some three digits.
        batch: pictures or captions that go through the network at once.
        skip_bad: leave out pictures that cannot be decoded, in place of ending at the first.
        workers: threads that decode; one for each core by default.
    """

    device: str = "cpu"
    precision: Precision = "fp32"
    batch: int = 32
    skip_bad: bool = False
    workers: int | None = None
