"""How far apart the words of two networks are that should say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lsr_opensearch.terms import TermWeights, by_weight

DEPTH = 20


@dataclass(frozen=True)
class Difference:
    """Of the term weights of the same inputs.

    Attributes:
        inputs: how many were compared.
        largest: difference of two weights of one word.
        largest_weight: among all, to hold it against.
        agreement: share of the heaviest `DEPTH` words that both have, mean, over 0 to 1.
    """

    inputs: int
    largest: float
    largest_weight: float
    agreement: float


def difference(some: Sequence[TermWeights], others: Sequence[TermWeights]) -> Difference:
    """Compare the term weights of the same inputs, in the same order; there is at least one."""
    pairs = list(zip(some, others, strict=True))
    return Difference(
        inputs=len(pairs),
        largest=max(
            (abs(one.get(t, 0.0) - other.get(t, 0.0)) for one, other in pairs for t in one | other),
            default=0.0,
        ),
        largest_weight=max((weight for one in some for weight in one.values()), default=0.0),
        agreement=sum(_agreement(one, other) for one, other in pairs) / len(pairs),
    )


def _agreement(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    first, second = (set(list(by_weight(terms))[:DEPTH]) for terms in (one, other))
    return len(first & second) / max(len(first), len(second), 1)
