"""Whether a difference between two runs over the same queries may be chance. Pure functions.

The queries are taken as drawn at random and independently of each other. The captions of one image
are not quite: p is a little too small then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lsr_opensearch.evaluation.ranking import (
    CUTOFF,
    Relevant,
    Run,
    per_query,
    reciprocal_rank,
    success_at,
)

MEASURES = {
    "R@1": success_at(1),
    f"R@{CUTOFF}": success_at(CUTOFF),
    f"MRR@{CUTOFF}": reciprocal_rank,
}
DRAWS = 10_000
CONFIDENCE = 0.95
# Differences of reciprocal ranks that are nearer to each other are the same number.
_DIGITS = 12

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """Of one measure between two runs, in percent.

    Attributes:
        first, second: the means of both.
        low, high: the confidence interval of second - first.
        p: how often chance alone makes a difference that is as large.
    """

    first: float
    second: float
    low: float
    high: float
    p: float

    def as_json(self) -> dict[str, Any]:
        shown = {
            "first": self.first,
            "second": self.second,
            "difference": self.second - self.first,
            "low": self.low,
            "high": self.high,
        }
        return {name: round(value, 2) for name, value in shown.items()} | {"p": round(self.p, 5)}


def differences(
    first: Run, second: Run, relevant: Relevant, *, seed: int = 0, draws: int = DRAWS
) -> dict[str, Difference]:
    """R@1, R@10 and MRR@10 of two runs, by name, with what chance has to do with it."""
    return {
        name: difference(
            *(per_query(run, relevant, measure) for run in (first, second)), seed=seed, draws=draws
        )
        for name, measure in MEASURES.items()
    }


def difference(
    first: Sequence[float], second: Sequence[float], *, seed: int = 0, draws: int = DRAWS
) -> Difference:
    """Of the values of the same queries, from 0 to 1, in the same order."""
    values = np.array([first, second], np.float64)
    apart = np.round(values[1] - values[0], _DIGITS)
    generator = np.random.default_rng(seed)
    p = randomisation_p(apart, generator, draws)
    low, high = bootstrap_interval(apart, generator, draws)
    before, after = values.mean(1).tolist()
    return Difference(100 * before, 100 * after, 100 * low, 100 * high, p)


def randomisation_p(apart: Floats, generator: np.random.Generator, draws: int = DRAWS) -> float:
    """Fisher's paired randomisation test of the mean, two-sided.

    If the runs were equally good, which of them a query's value is from would be chance: the sign
    of each difference is drawn anew. With b of n draws whose mean is at least as far from 0 as the
    observed one, p = (b + 1) / (n + 1) (Phipson and Smyth 2010: the observed one is a draw, too).
    Source: Smucker, Allan and Carterette, CIKM 2007.

    Args:
        apart: second - first of each query.
    """
    # Queries of equal differences are drawn together: how many of them keep their sign is
    # binomial, and there are hardly a hundred different differences, however many queries.
    sizes, counts = np.unique(np.abs(apart), return_counts=True)
    kept = generator.binomial(counts, 0.5, (draws, len(counts)))
    sums = (2 * kept - counts) @ sizes
    as_far = np.abs(sums) >= abs(apart.sum()) - 10.0**-_DIGITS * len(apart)
    return float((as_far.sum() + 1) / (draws + 1))


def bootstrap_interval(
    apart: Floats,
    generator: np.random.Generator,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
) -> tuple[float, float]:
    """The percentile bootstrap's interval of the mean: queries are drawn with replacement.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3.

    Args:
        apart: second - first of each query.
    """
    values, counts = np.unique(apart, return_counts=True)
    drawn = generator.multinomial(len(apart), counts / len(apart), draws)
    means = drawn @ values / len(apart)
    beyond = (1 - confidence) / 2
    low, high = np.quantile(means, (beyond, 1 - beyond))
    return float(low), float(high)
