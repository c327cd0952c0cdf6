"""What the cluster has and how it is set, whatever the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding

_CLAUSES = "indices.query.bool.max_clause_count"
_USUAL_CLAUSES = 1024
_BLOCKS = ("cluster.blocks.read_only", "cluster.blocks.read_only_allow_delete")


def plugins(examined: Examined) -> Iterator[Finding]:
    """What is installed beside the engine: none of it is needed."""
    answer = examined.connection.ask(
        "GET", "/_nodes/plugins", params={"filter_path": "nodes.*.plugins.name"}
    )
    nodes = answer.body.get("nodes", {}).values()
    names = sorted({one["name"] for node in nodes for one in node.get("plugins", ())})
    yield Finding("plugins", "ok", f"{', '.join(names) or 'none'} (none is needed)")


def clause_limit(examined: Examined) -> Iterator[Finding]:
    """How many words may a query have?"""
    yield _clause_limit(examined.settings)


def _clause_limit(settings: Mapping[str, Any]) -> Finding:
    value = settings.get(_CLAUSES)
    if value is None:
        return Finding("clause limit", "ok", "set by the cluster itself, from its memory")
    if int(value) < _USUAL_CLAUSES:
        return Finding(
            "clause limit",
            "problem",
            f"{_CLAUSES} is {value}: queries of more words are refused.",
            f"Raise it to {_USUAL_CLAUSES}, for which queries are made, or remove the setting.",
        )
    return Finding("clause limit", "ok", f"{int(value):,} words in a query")


def cluster_blocks(examined: Examined) -> Iterator[Finding]:
    """Has somebody made the whole cluster read-only?"""
    settings = examined.settings
    set_blocks = [name for name in _BLOCKS if str(settings.get(name, "false")).lower() == "true"]
    for block in set_blocks:
        yield Finding(
            "cluster block",
            "problem",
            f"{block} is set: the whole cluster takes no writes.",
            f'Lift it: PUT /_cluster/settings {{"persistent": {{"{block}": null}}, "transient": '
            f'{{"{block}": null}}}}',
        )
    if not set_blocks:
        yield Finding("cluster block", "ok", "none")


def automatic_indexes(examined: Examined) -> Iterator[Finding]:
    """Would another program's write to a missing alias make an index in its place?"""
    value = str(examined.settings.get("action.auto_create_index", "true"))
    if value == "false":
        yield Finding("automatic indexes", "ok", "off: a write never makes an index")
        return
    yield Finding(
        "automatic indexes",
        "ok",
        f"on ({value}): lsr-os never makes an index that way, but another program that writes to "
        f"{examined.name} would, if the alias were missing",
    )
