"""How much is sent at once: less when the cluster is overloaded, slowly more when it copes.

Additive increase, multiplicative decrease, as TCP does it (Chiu and Jain 1989).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy

_STEPS = 32


@dataclass(frozen=True)
class Pace:
    """What may be sent now.

    Attributes:
        requests: in flight at once; the fraction counts towards the next one.
        changes: in one request.
        size: of one request, in bytes.
        largest: request that was not found too large yet, in bytes.
        age: how often the pace has been reduced. What was sent at an older pace says nothing of
            the present one.
    """

    requests: float
    changes: int
    size: int
    largest: int
    age: int = 0


def full(policy: BulkPolicy) -> Pace:
    """The pace to begin with."""
    size = policy.bytes_per_request
    return Pace(float(policy.requests), policy.changes_per_request, size, size)


def slower(pace: Pace, changes: int, size: int) -> Pace:
    """After a request of so many changes and bytes was too much."""
    return replace(
        pace,
        requests=max(1.0, pace.requests / 2),
        changes=max(1, min(pace.changes, changes) // 2),
        size=max(1, min(pace.size, size) // 2),
        age=pace.age + 1,
    )


def careful(pace: Pace) -> Pace:
    """After a request that reached nobody: one at a time is enough to see who is there."""
    return replace(pace, requests=1.0, age=pace.age + 1)


def faster(pace: Pace, policy: BulkPolicy) -> Pace:
    """After a request that went well."""
    return replace(
        pace,
        requests=min(float(policy.requests), pace.requests + 0.25),
        changes=min(
            policy.changes_per_request, pace.changes + 1 + policy.changes_per_request // _STEPS
        ),
        size=min(pace.largest, pace.size + 1 + policy.bytes_per_request // _STEPS),
    )


def smaller(pace: Pace, size: int) -> Pace:
    """After a request of so many bytes was larger than is ever taken."""
    largest = max(1, min(pace.largest, size // 2))
    return replace(pace, size=min(pace.size, largest), largest=largest)
