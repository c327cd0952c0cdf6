"""A frozen dense model: images and texts -> vectors of length 1, in one space."""

from __future__ import annotations

from dataclasses import dataclass

from lsr_opensearch.dense.tower import ImageTower, TextTower


@dataclass(frozen=True)
class DenseModel:
    """Its two towers.

    Attributes:
        name: the folder or the repository on the hub that it was loaded from.
        text: tokens -> vectors.
        image: pixels -> vectors; None for a model of texts alone.
    """

    name: str
    text: TextTower
    image: ImageTower | None = None
