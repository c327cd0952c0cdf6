"""Which fields can hold term weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding

_SPARSE_VECTOR = (8, 11, 0)
_TRIED = {
    "index_patterns": ["lsr-os-doctor-*"],
    "template": {"mappings": {"properties": {"terms": {"type": "rank_features"}}}},
}
_ABSENT = "There are no rank_features: the module mapper-extras is missing"


def field_types(examined: Examined) -> Iterator[Finding]:
    """Can rank_features be used? Tried with a template that is thought through and not kept."""
    connection, serving = examined.connection, examined.serving
    answer = connection.ask(
        "POST", "/_index_template/_simulate", body=_TRIED, allowed=(400, 403, 404, 405)
    )
    reason = f"{error_of(answer.body).reason} {error_of(answer.body).root_reason}"
    if answer.ok or (serving is not None and serving.field_type == "rank_features"):
        yield Finding("field types", "ok", "rank_features can be used")
    elif answer.status == 400 and "rank_features" in reason:
        yield _absent(examined, _ABSENT)
    elif serving is not None:
        yield Finding("field types", "ok", f"{serving.field_type}, as in {serving.index}")
    else:
        yield _by_modules(examined)


def _by_modules(examined: Examined) -> Finding:
    """What the nodes say that they have loaded, where nothing may be tried."""
    answer = examined.connection.ask(
        "GET", "/_nodes/plugins", params={"filter_path": "nodes.*.modules.name"}
    )
    nodes = list(answer.body.get("nodes", {}).values())
    lacking = sum("mapper-extras" not in _modules(node) for node in nodes)
    if lacking:
        return _absent(examined, f"{_ABSENT} on {lacking} of {len(nodes)} nodes")
    return Finding("field types", "ok", "rank_features can be used")


def _absent(examined: Examined, message: str) -> Finding:
    server, serving = examined.connection.server, examined.serving
    if serving is not None and serving.field_type == "sparse_vector":
        return Finding("field types", "ok", f"sparse_vector, as in {serving.index}. {message}.")
    if server.engine == "elasticsearch" and (server.version or _SPARSE_VECTOR) >= _SPARSE_VECTOR:
        return Finding(
            "field types",
            "note",
            f"{message}.",
            "Make the index with: lsr-os index FOLDER --field-type sparse_vector",
        )
    return Finding(
        "field types",
        "problem",
        f"{message}.",
        "Install the engine's full distribution, which has the module.",
    )


def _modules(node: Mapping[str, Any]) -> set[str]:
    return {one["name"] for one in node.get("modules", ())}
