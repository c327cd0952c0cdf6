"""Do a head and a dense model belong together?"""

from __future__ import annotations

from lsr_opensearch.dense import DenseModel
from lsr_opensearch.errors import ModelError


def check_fits(width: int, dense: DenseModel) -> None:
    """Make sure that a head takes what the dense model gives.

    Args:
        width: numbers in a vector that the head takes.

    Raises:
        ModelError: the dense model gives vectors of another width.
    """
    towers = {"texts": dense.text, "pictures": dense.image}
    for given, tower in towers.items():
        if tower is not None and tower.width != width:
            raise ModelError(
                f"The head takes vectors of {width} numbers, and the dense model {dense.name!r} "
                f"gives {tower.width} for {given}.",
                "Name the dense model that the head was trained for: --dense-model NAME|DIR",
            )
