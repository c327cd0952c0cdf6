"""What real nodes refuse, and how they fail: told as what it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    ClusterRequestError,
    ClusterUnreachableError,
)

from .nodes.endpoint import Endpoint
from .nodes.kinds import OPENSEARCH_BARE
from .nodes.node import Node
from .test_connecting import open_to


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "said"),
    [
        ("GET", "/{index}-none/_search", None, ClusterIndexError, "no such index [{index}-none]"),
        ("GET", "/_alias/{index}-none", None, ClusterIndexError, "alias [{index}-none] missing"),
        ("POST", "/{index}/_search", {"query": {"nix": {}}}, ClusterRequestError, "nix"),
        ("POST", "/{index}/_search", {"from": 10_000}, ClusterRequestError, "window"),
        ("PUT", "/{index}", {}, ClusterRequestError, "already exists"),
        ("PUT", "/UPPER", {}, ClusterRequestError, "lowercase"),
        ("POST", "/{index}/_alias", None, ClusterRequestError, "405"),
        (
            "POST",
            "/{index}/_search",
            {"query": {"bool": {"should": [{"term": {"n": n}} for n in range(70_000)]}}},
            ClusterRequestError,
            "more words than",
        ),
    ],
)
def test_what_a_node_refuses_is_told_in_its_words(
    method: Any,
    path: str,
    body: Any,
    kind: type[ClusterError],
    said: str,
    node: Endpoint,
    index_name: str,
) -> None:
    connection = open_to(node)
    connection.ask(
        "PUT", f"/{index_name}", body={"mappings": {"properties": {"n": {"type": "keyword"}}}}
    )

    with pytest.raises(kind) as refused:
        connection.ask(method, path.format(index=index_name), body=body)
    assert said.format(index=index_name) in refused.value.message
    assert refused.value.next_step
    connection.close()


def test_a_closed_index_is_told_as_that(node: Endpoint, index_name: str) -> None:
    connection = open_to(node)
    connection.ask("PUT", f"/{index_name}")
    connection.ask("POST", f"/{index_name}/_close")
    with pytest.raises(ClusterIndexError, match="is closed"):
        connection.ask("POST", f"/{index_name}/_search")
    connection.close()


@pytest.mark.parametrize(
    ("block", "blocked", "said"),
    [
        ("read_only_allow_delete", "_doc/1", "nearly full"),
        ("read_only", "_doc/1", "is read-only"),
        ("write", "_doc/1", "blocked for writing"),
        ("metadata", "_mapping", "blocked for changes"),
    ],
)
def test_a_block_is_told_as_that_and_not_waited_for(
    block: str, blocked: str, said: str, node: Endpoint, index_name: str
) -> None:
    connection = open_to(node)
    settings = f"/{index_name}/_settings"
    connection.ask("PUT", f"/{index_name}")
    connection.ask("PUT", settings, body={f"index.blocks.{block}": True})
    with pytest.raises(ClusterBlockedError, match=said):
        connection.ask("PUT", f"/{index_name}/{blocked}", body={"properties": {}})
    connection.ask("PUT", settings, body={f"index.blocks.{block}": None})
    connection.close()


def test_a_request_that_is_too_large_is_told_as_that(
    start_node: Callable[..., AbstractContextManager[Node]],
) -> None:
    with start_node(OPENSEARCH_BARE, settings={"http.max_content_length": "1mb"}) as own:
        connection = open_connection(own.url, environ={})
        assert connection.send("POST", "/_bulk", body=b"x" * 2_000_000).status == 413
        with pytest.raises(ClusterRequestError, match="as large as POST /_bulk"):
            connection.ask("POST", "/_bulk", body=b"x" * 2_000_000)
        connection.close()


def test_a_node_that_restarts_is_waited_for(
    start_node: Callable[..., AbstractContextManager[Node]],
) -> None:
    with start_node(OPENSEARCH_BARE) as own:
        connection = open_connection(
            own.url, ConnectionOptions(retry_s=90, timeout_s=5), environ={}
        )
        own.kill()
        own.restart()
        assert connection.ask("GET", "/_cluster/health").ok

        own.kill()
        impatient = open_connection(
            f"opensearch+{own.url}", ConnectionOptions(retry_s=0.5), environ={}
        )
        with pytest.raises(ClusterUnreachableError):
            impatient.ask("GET", "/_cluster/health")
        connection.close()
        impatient.close()
