"""Clocks: the later reading of a file wins, and machines tell each other by their own time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime

from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding

MOST_SKEW_S = 5.0
_NEEDED = "cluster:monitor/nodes/stats"


def clock(examined: Examined, now: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Do this machine and the cluster agree on the time?

    Args:
        now: seconds since 1970.
    """
    before = now()
    answer = examined.connection.ask(
        "GET",
        "/_nodes/_local/stats/os",
        params={"filter_path": "nodes.*.timestamp"},
        allowed=(401, 403, 404, 405, 410),
    )
    theirs = _time_of(answer)
    if theirs is None:
        yield Finding(
            "clock",
            "unknown",
            "The cluster does not tell this user its time.",
            f"It would with the permission {_NEEDED}. Two machines that write must have the same "
            "time.",
            _NEEDED,
        )
        return
    skew = skew_s(before, now(), theirs)
    if abs(skew) <= MOST_SKEW_S:
        yield Finding("clock", "ok", f"within {MOST_SKEW_S:.0f} s of the cluster's")
        return
    yield Finding(
        "clock",
        "problem",
        f"This machine's clock is {abs(skew):,.0f} s {'behind' if skew < 0 else 'ahead of'} the "
        "cluster's. Where several machines or users write, the later reading of a file wins, by "
        "the clock of the machine that reads it.",
        "Let the machines set their clocks by the network (NTP): timedatectl set-ntp true",
    )


def skew_s(before: float, after: float, theirs: float) -> float:
    """How far our clock is ahead of one that was asked in between; 0 where it may be right."""
    if before <= theirs <= after:
        return 0.0
    return before - theirs if theirs < before else after - theirs


def _time_of(answer: Response) -> float | None:
    """Seconds since 1970; of a date in a header, whole ones."""
    nodes = answer.body.get("nodes", {}) if answer.ok and isinstance(answer.body, Mapping) else {}
    for node in nodes.values():
        return float(node["timestamp"]) / 1000
    date = answer.headers.get("date")
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
