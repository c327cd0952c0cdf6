"""How far captions may expand while training; a pure function."""

from __future__ import annotations

from lsr_opensearch.training.d2s.names import ScheduleName


def expansion_probability(
    epoch: int,
    epochs: int,
    *,
    schedule: ScheduleName = "linear",
    share: float = 0.95,
    fixed: float = 0.5,
) -> float:
    """p of expansion control in an epoch.

    Args:
        schedule: ``linear``: from 0 in the first epoch to 1 after ``share`` of them, as in the
            paper; ``fixed``: always ``fixed``; ``none``: always 1, no control at all.
    """
    if schedule == "none":
        return 1.0
    if schedule == "fixed":
        return fixed
    return min(1.0, epoch / max(1.0, epochs * share))
