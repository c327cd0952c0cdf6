"""Connections over a client that the caller has made, with all its settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import AsyncElasticsearch, Elasticsearch
from opensearchpy import OpenSearch, RequestsHttpConnection

from lsr_opensearch.engines.cluster.connection import connection_for
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure
from lsr_opensearch.errors import ClusterSecurityError, ClusterUnreachableError, UsageError

from .server import ELASTICSEARCH, OPENSEARCH, Reply, Server, served, unused_port

GOOD = Reply({"a": 1}, headers={"X-Elastic-Product": "Elasticsearch"})
LINES = b'{"index":{"_index":"i"}}\n{"a":1}\n'
KINDS = ("opensearch", "opensearch over requests", "elasticsearch", "elasticsearch over requests")


def client_of(kind: str, url: str) -> Any:
    """A client with credentials, headers and retries of its own."""
    if kind.startswith("opensearch"):
        over = {"connection_class": RequestsHttpConnection} if "requests" in kind else {}
        return OpenSearch(
            f"{url}/p", http_auth=("me", "secret"), headers={"x-mine": "1"}, timeout=5, **over
        )
    over = {"node_class": "requests"} if "requests" in kind else {}
    return Elasticsearch(
        f"{url}/p",
        basic_auth=("me", "secret"),
        headers={"x-mine": "1"},
        request_timeout=5,
        max_retries=3,
        retry_on_timeout=True,
        **over,
    )


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server() -> Iterator[Server]:
    with served(GOOD) as running:
        yield running


def test_a_client_keeps_its_credentials_headers_and_path(kind: str, server: Server) -> None:
    client = client_of(kind, server.url)
    connection = connection_for(client)
    assert connection.ask("POST", "/_bulk", body=LINES).body == {"a": 1}
    assert connection.send("POST", "/i/_search", body={"q": 1}, timeout_s=3).status == 200
    bulk, search = server.requests
    for request in (bulk, search):
        assert request.headers["authorization"] == "Basic bWU6c2VjcmV0"
        assert request.headers["x-mine"] == "1"
    assert (bulk.path, bulk.body) == ("/p/_bulk", LINES)
    assert "ndjson" in bulk.headers["content-type"]
    assert (search.path, search.body) == ("/p/i/_search", b'{"q":1}')
    assert connection.url == f"{server.url}/p"
    client.close()


def test_closing_leaves_the_client_open(kind: str, server: Server) -> None:
    client = client_of(kind, server.url)
    with_connection = connection_for(client)
    with_connection.close()
    with_connection.close()
    assert client.info()["a"] == 1
    client.close()


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
def test_any_status_is_one_answer(status: int, kind: str) -> None:
    with served(Reply({"a": 1}, status, GOOD.headers)) as server:
        client = client_of(kind, server.url)
        response = connection_for(client).send("GET", "/")
        client.close()
    assert (response.status, response.body) == (status, {"a": 1})
    assert len(server.requests) == 1


def test_no_answer_is_one_failure(kind: str) -> None:
    with served(Reply(hang_up=True)) as server:
        client = client_of(kind, server.url)
        with pytest.raises(ConnectionFailure) as failed:
            connection_for(client).send("GET", "/")
        client.close()
    assert failed.value.kind == "reset"
    assert len(server.requests) == 1


def test_nobody_listening_is_told(kind: str) -> None:
    client = client_of(kind, f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(ClusterUnreachableError):
        connection_for(client, retry_s=0.1).ask("GET", "/")
    client.close()


def test_wrong_credentials_are_the_clients(kind: str) -> None:
    with served(Reply(b"Unauthorized", 401)) as server:
        client = client_of(kind, server.url)
        with pytest.raises(ClusterSecurityError, match="client that was passed in"):
            connection_for(client).ask("GET", "/")
        client.close()


def test_the_engine_is_asked_for(kind: str) -> None:
    opensearch = kind.startswith("opensearch")
    with served(OPENSEARCH if opensearch else ELASTICSEARCH) as server:
        client = client_of(kind, server.url)
        info = connection_for(client).server
        client.close()
    assert info.engine == ("opensearch" if opensearch else "elasticsearch")


def test_elasticsearchs_client_is_refused_on_opensearch() -> None:
    with served(OPENSEARCH) as server:
        client = client_of("elasticsearch", server.url)
        with pytest.raises(UsageError, match="opensearch-py"):
            _ = connection_for(client).server
        client.close()


def test_what_is_no_client_is_refused() -> None:
    with pytest.raises(UsageError, match=r"builtins\.str"):
        connection_for("https://h")


def test_an_asynchronous_client_is_refused() -> None:
    with pytest.raises(UsageError, match="asynchronous"):
        connection_for(object.__new__(AsyncElasticsearch))


def test_a_client_of_a_version_installed_beside_another_is_a_client() -> None:
    with served(GOOD) as server:
        client = type("Elasticsearch", (Elasticsearch,), {"__module__": "elasticsearch8"})(
            server.url
        )
        assert connection_for(client).ask("GET", "/i").body == {"a": 1}
        client.close()


def test_a_clients_subclass_is_a_client() -> None:
    class Ours(OpenSearch):
        """An app's own."""

    client = Ours("http://h:1")
    assert connection_for(client).url == "http://h:1"
    client.close()
