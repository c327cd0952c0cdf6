"""How large and how hard a planted data set is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Images in each split; each has five captions."""

    train: int = 4000
    val: int = 500
    test: int = 1000


@dataclass(frozen=True)
class PlantedSettings:
    """How hard the planted dense model makes it.

    Attributes:
        width: numbers in a dense vector.
        vocabulary: words that a head may say; those that no caption uses are made up.
        noise: what images differ from their scenes by, against a length of 1.
        gap: how far apart images and texts lie as a whole, against a length of 1.
    """

    width: int = 256
    vocabulary: int = 4000
    noise: float = 1.0
    gap: float = 0.5
