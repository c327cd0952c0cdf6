"""What every number among the settings of a training is."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from lsr_opensearch.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def check_numbers(settings: DataclassInstance) -> None:
    """Make sure that they are finite, and none is below 0.

    Raises:
        UsageError: one is not so.
    """
    for name, value in asdict(settings).items():
        if isinstance(value, (int, float)) and not 0 <= value < math.inf:
            raise UsageError(f"{name} is {value}.", "It is a number of at least 0.")
