"""How much is sent at once after what has come back."""

from __future__ import annotations

from lsr_opensearch.engines.cluster.bulk import pace
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy

_POLICY = BulkPolicy(changes_per_request=1000, bytes_per_request=1 << 20, requests=4)


def test_an_overload_halves_what_was_sent() -> None:
    after = pace.slower(pace.full(_POLICY), changes=400, size=100_000)

    assert (after.requests, after.changes, after.size) == (2, 200, 50_000)


def test_overload_without_end_leaves_one_request_with_one_change() -> None:
    now = pace.full(_POLICY)
    for _ in range(40):
        now = pace.slower(now, now.changes, now.size)

    assert (now.requests, now.changes, now.size) == (1, 1, 1)


def test_success_brings_the_full_pace_back_slowly() -> None:
    now = pace.slower(pace.full(_POLICY), changes=2, size=1000)
    steps = 0
    while (now.requests, now.changes, now.size) != (4, 1000, 1 << 20):
        now = pace.faster(now, _POLICY)
        steps += 1

    assert 20 < steps < 40


def test_a_size_that_was_too_large_is_never_tried_again() -> None:
    now = pace.smaller(pace.full(_POLICY), size=600_000)
    for _ in range(100):
        now = pace.faster(now, _POLICY)

    assert now.size == 300_000


def test_a_cluster_that_is_away_is_looked_for_with_one_request_of_full_size() -> None:
    now = pace.careful(pace.full(_POLICY))

    assert (now.requests, now.changes, now.size) == (1, 1000, 1 << 20)
