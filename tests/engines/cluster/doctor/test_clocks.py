"""Clocks that differ are found, whatever the answer took."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.doctor.clocks import clock, skew_s
from lsr_opensearch.engines.finding import Finding

from .answering import Answering

NOW = 1_767_323_045.0  # Fri, 02 Jan 2026 03:04:05 GMT


def found(answer: Response, now: float = NOW) -> Finding:
    examined: Any = Answering(answer)
    (finding,) = clock(examined, lambda: now)
    return finding


def at(moment: float) -> Response:
    return Response(200, {"nodes": {"a": {"timestamp": int(moment * 1000)}}})


@pytest.mark.parametrize(
    ("skew", "state"), [(0, "ok"), (4, "ok"), (6, "problem"), (-3600, "problem")]
)
def test_a_difference_of_seconds_is_a_problem(skew: int, state: str) -> None:
    assert found(at(NOW + skew)).state == state


def test_it_is_said_which_clock_is_behind() -> None:
    assert "60 s behind the cluster's" in found(at(NOW + 60)).message
    assert "60 s ahead of the cluster's" in found(at(NOW - 60)).message


def test_an_answer_that_took_long_says_nothing_about_the_clock() -> None:
    assert skew_s(100.0, 130.0, 129.0) == 0
    assert skew_s(100.0, 130.0, 131.0) == -1
    assert skew_s(100.0, 130.0, 99.0) == 1


def test_the_date_of_an_answer_serves_who_may_not_ask() -> None:
    refused = Response(403, {}, {"date": "Fri, 02 Jan 2026 03:04:05 GMT"})
    assert found(refused).state == "ok"
    assert found(refused, NOW + 60).state == "problem"


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_a_cluster_that_tells_no_time_is_unknown(headers: dict[str, str]) -> None:
    assert found(Response(403, "no", headers)).state == "unknown"
