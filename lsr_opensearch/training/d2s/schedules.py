"""How learning rate, regularisation and expansion change while training; all pure functions."""

from __future__ import annotations

from lsr_opensearch.training.d2s.names import ScheduleName


def learning_rate(step: int, steps: int, warm_up: float) -> float:
    """Share of the full rate: up over ``warm_up`` of the steps, then down to 0, both linear."""
    rising = int(steps * warm_up)
    if step < rising:
        return step / max(1, rising)
    return max(0.0, (steps - step) / max(1, steps - rising))


def regularisation(step: int, steps: int, warm_up: float) -> float:
    """Share of the full weight: (t / T)^2 up to T = ``warm_up`` of the steps, then 1."""
    full = int(steps * warm_up)
    return 1.0 if step >= full else (step / full) ** 2


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
