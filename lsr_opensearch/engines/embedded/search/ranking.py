"""The best of many scores, most of which are zero: pure functions on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Flags, Floats, Slots


# Scores of which the maximum is taken first: partitioning mostly-zero scores is introselect's bad
# case, and few blocks reach the threshold.
BLOCK = 256


def leaders(scores: Floats, count: int) -> Slots:
    """Slots of the ``count`` highest scores above zero, in no order.

    All slots that tie with the last of them are there too; fewer where fewer are above zero.
    """
    if len(scores) <= 2 * BLOCK * count:
        hits: Slots = np.flatnonzero(scores > 0)
        return hits[_reaching(scores[hits], count)]
    starts = np.arange(0, len(scores), BLOCK)
    maxima = np.maximum.reduceat(scores, starts)
    blocks = np.flatnonzero(maxima > 0)
    # A block that reaches the threshold holds a score that does: at least `count` do.
    blocks = blocks[_reaching(maxima[blocks], count)]
    slots: Slots = (starts[blocks][:, None] + np.arange(BLOCK)).ravel()
    slots = slots[: np.searchsorted(slots, len(scores))]
    slots = slots[scores[slots] > 0]
    return slots[_reaching(scores[slots], count)]


def _reaching(values: Floats, count: int) -> Flags:
    """Which values are at least the ``count``-th highest."""
    if len(values) <= count:
        return np.ones(len(values), np.bool_)
    threshold = np.partition(values, len(values) - count)[len(values) - count]
    reached: Flags = values >= threshold
    return reached
