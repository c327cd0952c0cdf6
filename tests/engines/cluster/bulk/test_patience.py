"""Pauses between failures, and the end of patience, on a clock that tests turn."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from tenacity import wait_exponential

from lsr_opensearch.engines.cluster.bulk.patience import Patience
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(_policy(clock))


def _policy(clock: Clock) -> BulkPolicy:
    return BulkPolicy(wait=wait_exponential(multiplier=1, max=8), patience_s=100, clock=clock)


def test_each_failure_in_a_row_doubles_the_pause_up_to_a_limit(
    clock: Clock, patience: Patience
) -> None:
    pauses = []
    for _ in range(5):
        patience.failed()
        pauses.append(patience.pause_s)
        clock.now_s += patience.pause_s

    assert pauses == [1, 2, 4, 8, 8]


def test_the_pause_ends_by_itself(clock: Clock, patience: Patience) -> None:
    patience.failed()
    clock.now_s += 1.5

    assert patience.pause_s == 0


def test_what_was_in_flight_already_does_not_lengthen_the_pause(patience: Patience) -> None:
    patience.failed()
    patience.failed(is_news=False)

    assert patience.pause_s == 1


def test_progress_shortens_the_next_pause(clock: Clock, patience: Patience) -> None:
    for _ in range(4):
        patience.failed()
    clock.now_s += 20
    patience.progressed()
    patience.failed()

    assert patience.pause_s == 1


def test_a_pause_that_the_cluster_asks_for_is_kept(patience: Patience) -> None:
    patience.failed(asked_pause_s=30)

    assert patience.pause_s == 30


def test_but_not_one_of_an_hour(patience: Patience) -> None:
    patience.failed(asked_pause_s=3600)

    assert patience.pause_s == 60


def test_patience_ends_when_nothing_gets_through_for_too_long(
    clock: Clock, patience: Patience
) -> None:
    patience.failed()
    clock.now_s += 99
    patience.failed()
    before = patience.is_over
    clock.now_s += 1

    assert (before, patience.is_over) == (False, True)


def test_time_before_the_first_failure_does_not_count(clock: Clock, patience: Patience) -> None:
    clock.now_s += 5000  # a caller that makes changes slowly
    patience.failed()

    assert not patience.is_over


def test_progress_renews_patience(clock: Clock, patience: Patience) -> None:
    patience.failed()
    clock.now_s += 99
    patience.progressed()
    patience.failed()
    clock.now_s += 99

    assert not patience.is_over


def test_the_default_pause_is_random_between_nothing_and_a_growing_limit(clock: Clock) -> None:
    random.seed(7)
    patience = Patience(replace(BulkPolicy(), clock=clock))
    longest = 0.0
    for _ in range(200):
        patience.failed()
        longest = max(longest, patience.pause_s)
        clock.now_s += patience.pause_s

    assert 10 < longest <= 15
