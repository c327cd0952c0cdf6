"""Room on the cluster's disks, against the marks at which it stops giving shards and writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import ClusterSecurityError

Mark = Literal["low", "high", "flood_stage"]
# What holds unless it is set otherwise, and who may not know is told by.
DEFAULTS: Mapping[Mark, str] = {"low": "85%", "high": "90%", "flood_stage": "95%"}
_PREFIX = "cluster.routing.allocation.disk."
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:b|([kmgtp])b?)", re.IGNORECASE)
_UNITS = "kmgtp"
_REMEDY = "Make room on that disk, or add a node."


def disks(examined: Examined) -> Iterator[Finding]:
    """Is there room on every node?"""
    try:
        settings = examined.settings
    except ClusterSecurityError:
        settings = {}
    answer = examined.connection.ask(
        "GET",
        "/_cat/allocation",
        params={"format": "json", "bytes": "b", "h": "node,disk.avail,disk.total"},
    )
    rows = [row for row in answer.body if row.get("disk.total")]
    watched = str(settings.get(f"{_PREFIX}threshold_enabled", "true")).lower() != "false"
    least = ""
    for row in rows:
        free, total = int(row["disk.avail"]), int(row["disk.total"])
        said = f"{free / 1e9:,.1f} GB free on {row['node']}"
        least = least or said
        try:
            mark = mark_passed(free, total, settings) if watched else None
        except ValueError as error:
            yield Finding(
                "disk",
                "unknown",
                f"{said}, and how much has to be free is not known: {error}.",
                "Such marks are a share (90%) or a size (100gb).",
            )
            return
        if mark:
            yield _beyond(mark, said)
            least = "others have room"
    if least:
        off = "" if watched else " (the cluster does not watch its disks)"
        yield Finding("disk", "ok", f"{least}{off}")


def mark_passed(free: int, total: int, settings: Mapping[str, Any]) -> Mark | None:
    """The worst of the three marks that a disk is beyond; None where it is beyond none.

    Raises:
        ValueError: see `room_needed`.
    """
    marks: tuple[Mark, ...] = ("flood_stage", "high", "low")
    for mark in marks:
        if free < room_needed(mark, total, settings):
            return mark
    return None


def room_needed(mark: Mark, total: int, settings: Mapping[str, Any]) -> float:
    """The bytes that have to be free: a mark is a share that may be used, or a size of what must
    be free; a share can have a size as its limit, for large disks.

    Raises:
        ValueError: the mark is written in a way that is not known here.
    """
    name = f"{_PREFIX}watermark.{mark}"
    value = str(settings.get(name, DEFAULTS[mark])).strip()
    size = _bytes(value)
    if size is not None:
        return size
    try:
        used = float(value.removesuffix("%")) / 100 if value.endswith("%") else float(value)
    except ValueError:
        raise ValueError(f"{name} is {value!r}") from None
    limit = _bytes(str(settings.get(f"{name}.max_headroom", "")))
    needed = total * (1 - used)
    return needed if limit is None else min(needed, limit)


def _bytes(text: str) -> float | None:
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    exponent = 1 + _UNITS.index(match[2].lower()) if match[2] else 0
    return float(match[1]) * 1024.0**exponent


def _beyond(mark: Mark, said: str) -> Finding:
    if mark == "flood_stage":
        return Finding(
            "disk",
            "problem",
            f"{said}: beyond the flood stage, at which indexes on it take no writes.",
            f"{_REMEDY} The block goes by itself then.",
        )
    if mark == "high":
        return Finding(
            "disk",
            "problem",
            f"{said}: beyond the high mark, at which shards are moved away; writes stop at the "
            "flood stage.",
            _REMEDY,
        )
    return Finding(
        "disk", "note", f"{said}: beyond the low mark, at which it gets no new shards.", _REMEDY
    )
