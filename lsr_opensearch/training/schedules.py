"""How learning rate and regularisation change while training; pure functions."""

from __future__ import annotations


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
