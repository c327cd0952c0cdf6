"""Clocks that differ are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.doctor.server import clock

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Answering:
    """A cluster that gives one answer to everything."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    def ask(self, *_arguments: Any, **_options: Any) -> Response:
        return self._answer


def at(moment: datetime) -> Any:
    nodes = {"a": {"timestamp": int(moment.timestamp() * 1000)}}
    return Answering(Response(200, {"nodes": nodes}))


@pytest.mark.parametrize(
    ("skew_s", "state"), [(0, "ok"), (4, "ok"), (6, "problem"), (-3600, "problem")]
)
def test_a_difference_of_seconds_is_a_problem(skew_s: int, state: str) -> None:
    assert clock(at(NOW + timedelta(seconds=skew_s)), NOW).state == state


def test_the_date_of_an_answer_serves_who_may_not_ask() -> None:
    refused: Any = Answering(Response(403, {}, {"date": "Fri, 02 Jan 2026 03:04:05 GMT"}))
    assert clock(refused, NOW).state == "ok"


def test_a_cluster_that_tells_no_time_is_unknown() -> None:
    refused: Any = Answering(Response(403, "no"))
    assert clock(refused, NOW).state == "unknown"
