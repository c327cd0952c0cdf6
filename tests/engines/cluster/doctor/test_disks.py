"""Free room against the marks of a cluster, in all the ways in which they can be written."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.doctor.disks import disks, mark_passed, room_needed
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import ClusterSecurityError

from .answering import Answering

TB = 1000**4
MARK = "cluster.routing.allocation.disk.watermark"


@pytest.mark.parametrize(
    ("value", "needed"),
    [
        ("95%", 0.05 * TB),
        ("0.95", 0.05 * TB),
        ("7b", 7),
        ("64k", 64 * 1024),
        ("500MB", 500 * 1024**2),
        ("1gb", 1024**3),
        ("100g", 100 * 1024**3),
        ("1.5T", 1.5 * 1024**4),
        ("1p", 1024**5),
    ],
)
def test_a_mark_is_a_share_or_a_size(value: str, needed: float) -> None:
    assert room_needed("flood_stage", TB, {f"{MARK}.flood_stage": value}) == pytest.approx(needed)


@pytest.mark.parametrize("limit", ["10gb", "-1", ""])
def test_a_share_can_have_a_limit(limit: str) -> None:
    settings = {f"{MARK}.high": "90%", f"{MARK}.high.max_headroom": limit}
    needed = 10 * 1024**3 if limit == "10gb" else 0.1 * TB
    assert room_needed("high", TB, settings) == pytest.approx(needed)


@pytest.mark.parametrize(
    ("free", "mark"),
    [
        (0.5, None),
        (0.16, None),
        (0.14, "low"),
        (0.09, "high"),
        (0.04, "flood_stage"),
        (0, "flood_stage"),
    ],
)
def test_the_worst_mark_counts(free: float, mark: str | None) -> None:
    assert mark_passed(int(free * TB), TB, {}) == mark


def found(free: float, settings: dict[str, Any] | None = None) -> list[Finding]:
    rows = [
        {"node": "a", "disk.avail": str(int(free * TB)), "disk.total": str(TB)},
        {"node": "UNASSIGNED", "disk.avail": None, "disk.total": None},
    ]
    examined: Any = Answering(Response(200, rows), settings=settings)
    return list(disks(examined))


@pytest.mark.parametrize(
    ("free", "state"), [(0.5, "ok"), (0.14, "note"), (0.09, "problem"), (0.04, "problem")]
)
def test_each_mark_is_told(free: float, state: str) -> None:
    finding = found(free)[0]
    assert finding.state == state
    assert "on a" in finding.message
    assert bool(finding.remedy) == (state != "ok")


def test_marks_that_cannot_be_read_are_not_known() -> None:
    (finding,) = found(0.5, {f"{MARK}.low": "plenty"})
    assert finding.state == "unknown"
    assert f"{MARK}.low is 'plenty'" in finding.message


def test_a_full_disk_is_no_problem_where_nobody_watches_it() -> None:
    (finding,) = found(0.01, {"cluster.routing.allocation.disk.threshold_enabled": "false"})
    assert finding.state == "ok"
    assert "does not watch" in finding.message


def test_who_may_not_see_the_marks_is_told_by_the_usual_ones() -> None:
    class Hidden(Answering):
        @property
        def settings(self) -> Any:
            raise ClusterSecurityError("no", "ask")

        @settings.setter
        def settings(self, value: Any) -> None: ...

    rows = [{"node": "a", "disk.avail": "1", "disk.total": "1000"}]
    examined: Any = Hidden(Response(200, rows))
    assert next(iter(disks(examined))).state == "problem"
