"""Which engine answers, and which version of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.connection.port import Engine, Response
from lsr_opensearch.errors import ClusterRequestError

# What a user without cluster rights may still be allowed, in this order. ``GET /`` is missing from
# some builds, and gateways in front of clusters keep it for themselves.
VERSION_REQUESTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/_nodes/_local", {"filter_path": "nodes.*.version"}),
    ("/_cat/nodes", {"h": "version", "format": "json"}),
)

# Consoles that people take for the cluster, by the header that each sends.
_CONSOLES = {"kbn-name": "Kibana", "osd-name": "OpenSearch Dashboards"}
_OPENSEARCH_HEADER = "x-opensearch-version"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def engine_of(response: Response) -> Engine | None:
    """Which engine has answered, whatever was asked; None where it is neither.

    Elasticsearch names itself in a header since 7.14, OpenSearch since 3.0; before, it answers in
    a form that nothing else has.
    """
    if response.headers.get("x-elastic-product") == "Elasticsearch":
        return "elasticsearch"
    if _OPENSEARCH_HEADER in response.headers:
        return "opensearch"
    body = response.body
    if not isinstance(body, Mapping):
        return None
    version = body.get("version")
    if isinstance(version, Mapping):
        distribution = str(version.get("distribution", ""))
        if distribution == "opensearch" or "OpenSearch" in str(body.get("tagline", "")):
            return "opensearch"
        return "elasticsearch" if "number" in version and "tagline" in body else None
    is_error = bool(error_of(body).type) or set(body) == {"error", "status"}
    return "opensearch" if is_error or "nodes" in body else None


def version_of(response: Response) -> tuple[int, int, int] | None:
    """The version in an answer to ``GET /`` or one of VERSION_REQUESTS."""
    header = response.headers.get(_OPENSEARCH_HEADER, "")
    match = _VERSION.match(header.removeprefix("OpenSearch/") or _said(response.body))
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def not_a_cluster(url: str, response: Response, said: str) -> ClusterRequestError:
    """The error for what is neither engine; ``said`` is its answer in short."""
    for header, console in _CONSOLES.items():
        if header in response.headers:
            return ClusterRequestError(
                f"{console} answers at {url}, and no cluster.",
                "Give the address of the cluster itself, which mostly listens on port 9200.",
            )
    return ClusterRequestError(
        f"What answers at {url} is neither OpenSearch nor Elasticsearch (status "
        f"{response.status}{f': {said}' if said else ''}).",
        "Check the host and port, and the path before every request if there is one.",
    )


def _said(body: Any) -> str:
    if isinstance(body, Mapping):
        version, nodes = body.get("version"), body.get("nodes")
        if isinstance(version, Mapping):
            return str(version.get("number", ""))
        return _lowest(nodes.values()) if isinstance(nodes, Mapping) else ""
    return _lowest(body) if isinstance(body, list) else ""


def _lowest(nodes: Any) -> str:
    """The version of the oldest node: what all of them can do."""
    versions = [str(node.get("version", "")) for node in nodes if isinstance(node, Mapping)]
    known = [version for version in versions if _VERSION.match(version)]
    return min(known, key=_as_numbers, default="")


def _as_numbers(version: str) -> tuple[int, ...]:
    match = _VERSION.match(version)
    return tuple(int(number) for number in match.groups()) if match else ()
