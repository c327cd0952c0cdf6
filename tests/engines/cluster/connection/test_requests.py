"""What either client really sends for what was asked, and what becomes of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, FailureKind

from .server import Reply, served, silent, unused_port

Connect = Callable[..., ClusterConnection]
LINES = b'{"index":{"_index":"i"}}\n{"a":1}\n'


def reply_of(engine: str, content: Any, status: int = 200, **headers: str) -> Reply:
    product = {"X-Elastic-Product": "Elasticsearch"} if engine == "elasticsearch" else {}
    return Reply(content, status, {**product, **headers})


def test_a_json_body_is_sent_as_json(engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {"took": 1})) as server:
        response = connect(f"{engine}+{server.url}").send(
            "POST", "/i/_search", params={"size": "1", "q": "a b&c"}, body={"query": {"ä": "🐕"}}
        )
    (request,) = server.requests
    assert (response.status, response.body, response.ok) == (200, {"took": 1}, True)
    assert request.method == "POST"
    assert request.path in (
        "/i/_search?size=1&q=a+b%26c",
        "/i/_search?size=1&q=a%20b%26c",
    )
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"query": {"ä": "🐕"}}


def test_bytes_are_sent_as_they_are_and_as_lines_of_json(engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {})) as server:
        connect(f"{engine}+{server.url}").send("POST", "/_bulk", body=LINES)
    (request,) = server.requests
    assert request.headers["content-type"] == "application/x-ndjson"
    assert request.body == LINES


def test_media_types_name_no_version_of_a_client(engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {})) as server:
        connection = connect(f"{engine}+{server.url}")
        connection.send("POST", "/_bulk", body=LINES)
        connection.send("GET", "/i")
    assert not [value for r in server.requests for value in r.headers.values() if "vnd" in value]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_any_method_without_a_body(method: Any, engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {"a": 1}, 404)) as server:
        response = connect(f"{engine}+{server.url}").send(method, "/i")
    assert server.requests[0].method == method
    assert (response.status, response.body) == (404, "" if method == "HEAD" else {"a": 1})


def test_a_path_is_put_before_every_request(engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {})) as server:
        connection = connect(f"{engine}+{server.url}/search/v1/")
        connection.send("GET", "/i/_doc/a%2Fb%20c")
    assert server.requests[0].path == "/search/v1/i/_doc/a%2Fb%20c"
    assert connection.url == f"{server.url}/search/v1"


@pytest.mark.parametrize(
    ("options", "authorization"),
    [
        ({}, None),
        ({"user": "me", "password": "secret"}, "Basic bWU6c2VjcmV0"),
        ({"api_key": "abc=="}, "ApiKey abc=="),
        ({"bearer_token": "abc"}, "Bearer abc"),
    ],
)
def test_credentials_go_with_every_request(
    options: dict[str, str], authorization: str | None, engine: str, connect: Connect
) -> None:
    with served(reply_of(engine, {})) as server:
        connection = connect(f"{engine}+{server.url}", **options)
        connection.send("GET", "/")
        connection.send("POST", "/_bulk", body=LINES, timeout_s=5)
    assert [r.headers.get("authorization") for r in server.requests] == [authorization] * 2


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 404, 409, 413, 429, 500, 503])
def test_an_answer_of_any_status_is_an_answer(status: int, engine: str, connect: Connect) -> None:
    with served(reply_of(engine, {"a": 1}, status)) as server:
        response = connect(f"{engine}+{server.url}").send("GET", "/")
    assert (response.status, response.body) == (status, {"a": 1})
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "body"),
    [
        (b"Unauthorized", "text/plain; charset=UTF-8", "Unauthorized"),
        (b"<html>", "text/html", "<html>"),
        (b"", "text/plain", ""),
        (b"", "application/json", ""),
        (b"{not json", "application/json", "{not json"),
        (b'{"a": 1}', "application/json; charset=UTF-8", {"a": 1}),
        (b"[1]", "application/json", [1]),
        (rb'{"a": "\ud800"}', "application/json", {"a": "\ud800"}),
    ],
)
def test_an_answer_that_is_no_json_is_text(
    content: bytes, content_type: str, body: Any, engine: str, connect: Connect
) -> None:
    with served(reply_of(engine, content, **{"Content-Type": content_type})) as server:
        response = connect(f"{engine}+{server.url}").send("GET", "/")
    assert response.body == body
    assert response.headers["content-type"] == content_type


def test_an_answer_of_another_product_is_an_answer(connect: Connect) -> None:
    with served(Reply({"a": 1})) as server:
        response = connect(f"elasticsearch+{server.url}").send("GET", "/")
    assert (response.status, response.body) == (200, {"a": 1})


def test_a_connection_is_kept_for_the_next_request(engine: str, connect: Connect) -> None:
    peers = set()
    with served(reply_of(engine, {})) as server:
        connection = connect(f"{engine}+{server.url}")
        for _ in range(3):
            connection.send("GET", "/")
            pool = _only_pool(connection)
            peers.add(pool.num_connections)
    assert peers == {1}


def _only_pool(connection: ClusterConnection) -> Any:
    exchange: Any = connection._exchange
    if hasattr(exchange, "_client"):
        (node,) = exchange._client.transport.node_pool.all()
        return node.pool._pool
    (own,) = exchange._transport.connection_pool.connections
    return own.pool._pool


def failure(connection: ClusterConnection, **options: Any) -> FailureKind:
    with pytest.raises(ConnectionFailure) as failed:
        connection.send("GET", "/", **options)
    assert failed.value.detail
    assert failed.value.__suppress_context__
    return failed.value.kind


def test_where_nobody_listens_is_unreachable(engine: str, connect: Connect) -> None:
    assert failure(connect(f"{engine}+http://127.0.0.1:{unused_port()}")) == "unreachable"


def test_a_host_without_an_address_is_unreachable(engine: str, connect: Connect) -> None:
    assert failure(connect(f"{engine}+http://no-such-host.invalid:1")) == "unreachable"


def test_no_answer_in_the_time_of_the_request_is_a_timeout(engine: str, connect: Connect) -> None:
    with silent() as address:
        assert failure(connect(f"{engine}+http://{address}"), timeout_s=0.1) == "timeout"


def test_no_answer_in_the_time_of_the_connection_is_a_timeout(
    engine: str, connect: Connect
) -> None:
    with silent() as address:
        assert failure(connect(f"{engine}+http://{address}", timeout_s=0.1)) == "timeout"


def test_being_hung_up_on_is_a_reset(engine: str, connect: Connect) -> None:
    with served(Reply(hang_up=True)) as server:
        assert failure(connect(f"{engine}+{server.url}")) == "reset"


def test_an_answer_that_breaks_off_is_a_reset(engine: str, connect: Connect) -> None:
    with served(Reply({"a": 1}, cut_off=True)) as server:
        assert failure(connect(f"{engine}+{server.url}")) == "reset"
