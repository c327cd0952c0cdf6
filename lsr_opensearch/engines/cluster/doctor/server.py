"""Checks of the cluster as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection, Engine, Response
from lsr_opensearch.engines.cluster.doctor.finding import Finding

_OLDEST: dict[Engine, tuple[int, int, int]] = {
    "opensearch": (2, 12, 0),
    "elasticsearch": (7, 17, 0),
}
_NAMES: dict[Engine, str] = {"opensearch": "OpenSearch", "elasticsearch": "Elasticsearch"}
_SPARSE_VECTOR = (8, 11, 0)
_CLAUSES = "indices.query.bool.max_clause_count"
_USUAL_CLAUSES = 1024
# Shards move away from a node above the first, and writes are blocked above the second, by default.
_DISK_HIGH, _DISK_FLOOD = 90, 95
# Revisions are times: a writer whose clock is behind loses to what it should replace.
_MOST_SKEW_S = 5.0
_NOT_ALLOWED = (401, 403, 404, 405)


def version(connection: Connection) -> Finding:
    """Is it an engine and a version that this library is made for?"""
    engine, found = connection.server.engine, connection.server.version
    if found is None:
        return Finding(
            "version", "unknown", f"{_NAMES[engine]}; this user may not know which version."
        )
    said = f"{_NAMES[engine]} {'.'.join(map(str, found))}"
    if found < _OLDEST[engine]:
        oldest = ".".join(map(str, _OLDEST[engine][:2]))
        return Finding(
            "version", "problem", f"{said} is too old.", f"Upgrade it to {oldest} or newer."
        )
    return Finding("version", "ok", f"{said} at {connection.url}")


def modules(connection: Connection) -> Iterator[Finding]:
    """Is there what rank_features need, and what else could be used?"""
    answer = connection.ask(
        "GET",
        "/_nodes/plugins",
        params={"filter_path": "nodes.*.modules.name,nodes.*.plugins.name"},
        allowed=_NOT_ALLOWED,
    )
    if not answer.ok:
        yield _hidden("field types", answer, "cluster:monitor/nodes/info")
        return
    nodes = list(answer.body.get("nodes", {}).values())
    lacking = sum("mapper-extras" not in _names(node, "modules") for node in nodes)
    found = connection.server.version or (0, 0, 0)
    if not lacking:
        yield Finding("field types", "ok", "rank_features can be used.")
    elif connection.server.engine == "elasticsearch" and found >= _SPARSE_VECTOR:
        yield Finding(
            "field types",
            "note",
            f"{lacking} of {len(nodes)} nodes lack the module mapper-extras, so there are no "
            "rank_features.",
            "Make new indexes with: lsr-os index --field-type sparse_vector",
        )
    else:
        yield Finding(
            "field types",
            "problem",
            f"{lacking} of {len(nodes)} nodes lack the module mapper-extras, so there are no "
            "rank_features.",
            "Install the engine's full distribution, which has the module.",
        )
    plugins = sorted({name for node in nodes for name in _names(node, "plugins")})
    if plugins:
        yield Finding("plugins", "ok", f"{', '.join(plugins)} (none is needed)")


def settings(connection: Connection) -> Iterator[Finding]:
    """Clause limit and blocks, from the settings of the cluster."""
    answer = connection.ask(
        "GET",
        "/_cluster/settings",
        params={"include_defaults": "true", "flat_settings": "true"},
        allowed=_NOT_ALLOWED,
    )
    if not answer.ok:
        yield _hidden("clause limit", answer, "cluster:monitor/settings or .../state")
        return
    merged: dict[str, Any] = {}
    for level in ("defaults", "persistent", "transient"):
        merged |= answer.body.get(level, {})
    yield _clause_limit(merged)
    for block in ("cluster.blocks.read_only", "cluster.blocks.read_only_allow_delete"):
        if str(merged.get(block, "false")).lower() == "true":
            yield Finding(
                "cluster block",
                "problem",
                f"{block} is set: the whole cluster takes no writes.",
                f'Lift it: PUT /_cluster/settings {{"persistent": {{"{block}": null}}}}',
            )


def _clause_limit(merged: Mapping[str, Any]) -> Finding:
    value = merged.get(_CLAUSES)
    if value is None:
        return Finding("clause limit", "ok", "set by the cluster itself, from its memory")
    if int(value) < _USUAL_CLAUSES:
        return Finding(
            "clause limit",
            "problem",
            f"{_CLAUSES} is {value}; queries are made for {_USUAL_CLAUSES}.",
            f"Raise it to {_USUAL_CLAUSES} or remove the setting.",
        )
    return Finding("clause limit", "ok", f"{int(value):,} clauses")


def disks(connection: Connection) -> Iterator[Finding]:
    """Is there room on every node?"""
    answer = connection.ask(
        "GET",
        "/_cat/allocation",
        params={"format": "json", "h": "node,disk.percent"},
        allowed=_NOT_ALLOWED,
    )
    if not answer.ok:
        yield _hidden("disk", answer, "cluster:monitor/nodes/stats")
        return
    rows = [row for row in answer.body if row.get("disk.percent")]
    for row in rows:
        used = int(row["disk.percent"])
        if used >= _DISK_HIGH:
            flooded = used >= _DISK_FLOOD
            yield Finding(
                "disk",
                "problem" if flooded else "note",
                f"The disk of {row['node']} is {used}% full; at {_DISK_FLOOD}% clusters stop "
                "taking writes, unless their watermarks are set otherwise.",
                "Make room or add a node.",
            )
    if all(int(row["disk.percent"]) < _DISK_HIGH for row in rows):
        fullest = max((int(row["disk.percent"]) for row in rows), default=0)
        yield Finding("disk", "ok", f"at most {fullest}% full")


def clock(connection: Connection, now: datetime | None = None) -> Finding:
    """Do the clocks agree? The later reading of a file wins, by this machine's clock.

    Args:
        now: the time here; the present by default.
    """
    answer = connection.ask(
        "GET",
        "/_nodes/_local/stats/os",
        params={"filter_path": "nodes.*.timestamp"},
        allowed=_NOT_ALLOWED,
    )
    here = now or datetime.now(UTC)
    theirs = _time_of(answer)
    if theirs is None:
        return Finding("clock", "unknown", "The cluster does not tell its time.")
    skew = abs((here - theirs).total_seconds())
    if skew > _MOST_SKEW_S:
        return Finding(
            "clock",
            "problem",
            f"The clocks of this machine and the cluster differ by {skew:,.0f} s.",
            "Set the wrong one (NTP): where several machines write, the later reading of a file "
            "wins.",
        )
    return Finding("clock", "ok", f"within {_MOST_SKEW_S:.0f} s of this machine's")


def _time_of(answer: Response) -> datetime | None:
    nodes = answer.body.get("nodes", {}) if answer.ok and isinstance(answer.body, Mapping) else {}
    for node in nodes.values():
        return datetime.fromtimestamp(node["timestamp"] / 1000, UTC)
    date = answer.headers.get("date")
    return parsedate_to_datetime(date) if date else None


def _names(node: Mapping[str, Any], kind: str) -> set[str]:
    return {one["name"] for one in node.get(kind, ())}


def _hidden(check: str, answer: Response, privilege: str) -> Finding:
    return Finding(
        check,
        "unknown",
        f"This user may not look (status {answer.status}).",
        f"It needs the privilege {privilege}; the commands themselves do not.",
    )
