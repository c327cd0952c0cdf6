"""Requests through a real proxy: tunnelled, forwarded, and with credentials of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import ClusterSecurityError, ClusterUnreachableError

from .conftest import Authority
from .server import Reply, proxying, served, unused_port

Connect = Callable[..., ClusterConnection]
GOOD = Reply({"a": 1}, headers={"X-Elastic-Product": "Elasticsearch"})
LOGIN = "Basic bWU6c2VjcmV0"


def test_tls_is_tunnelled(engine: str, connect: Connect, authority: Authority) -> None:
    with served(GOOD, authority.server_context("127.0.0.1")) as server, proxying() as proxy:
        connection = connect(
            f"{engine}+{server.url}/p",
            ca_certs=str(authority.file),
            proxy=proxy.url,
            user="me",
            password="cluster's",
        )
        for _ in range(3):
            assert connection.ask("POST", "/i/_search", body={}).body == {"a": 1}
    assert [(r.method, r.path) for r in proxy.requests] == [("CONNECT", server.url[8:])]
    assert "authorization" not in proxy.requests[0].headers
    assert [r.path for r in server.requests] == ["/p/i/_search"] * 3


def test_the_cluster_behind_a_tunnel_is_verified(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, authority.server_context("127.0.0.1")) as server, proxying() as proxy:
        connection = connect(f"{engine}+{server.url}", proxy=proxy.url)
        with pytest.raises(ClusterSecurityError, match="LSR_OS_CA_CERTS"):
            connection.ask("GET", "/")
    assert server.requests == []


def test_an_authoritys_fingerprint_is_found_through_a_tunnel(
    engine: str, connect: Connect, authority: Authority
) -> None:
    from .test_tls import fingerprint

    context = authority.server_context("127.0.0.1")
    issued = authority.ca.issue_cert("127.0.0.1")
    with issued.private_key_and_cert_chain_pem.tempfile() as path:
        with open(path, "ab") as file:
            file.write(authority.ca.cert_pem.bytes())
        context.load_cert_chain(path)
    with served(GOOD, context) as server, proxying() as proxy:
        connection = connect(
            f"{engine}+{server.url}",
            proxy=proxy.url,
            cert_fingerprint=fingerprint(authority.ca.cert_pem.bytes()),
        )
        assert connection.ask("GET", "/").body == {"a": 1}


def test_plain_http_is_forwarded(engine: str, connect: Connect) -> None:
    with served(GOOD) as server, proxying() as proxy:
        connection = connect(f"{engine}+{server.url}/p", proxy=proxy.url)
        response = connection.ask("POST", "/i/_search", params={"q": "a b"}, body={"b": 2})
    assert response.body == {"a": 1}
    assert proxy.requests[0].path.startswith(f"{server.url}/p/i/_search?q=a")
    assert server.requests[0].body == b'{"b":2}'
    assert server.requests[0].headers["host"] == server.url[7:]


@pytest.mark.parametrize("tls", [True, False])
def test_a_proxy_may_want_credentials(
    tls: bool, engine: str, connect: Connect, authority: Authority
) -> None:
    context = authority.server_context("127.0.0.1") if tls else None
    with served(GOOD, context) as server, proxying(LOGIN) as proxy:
        connection = connect(
            f"{engine}+{server.url}",
            proxy=proxy.url.replace("://", "://me:secret@"),
            ca_certs=str(authority.file),
        )
        assert connection.ask("GET", "/").body == {"a": 1}
    assert "proxy-authorization" not in server.requests[0].headers


@pytest.mark.parametrize("tls", [True, False])
def test_a_proxy_that_refuses_is_named(
    tls: bool, engine: str, connect: Connect, authority: Authority
) -> None:
    context = authority.server_context("127.0.0.1") if tls else None
    with served(GOOD, context) as server, proxying(LOGIN) as proxy:
        connection = connect(f"{engine}+{server.url}", proxy=proxy.url, retry_s=0.2)
        with pytest.raises((ClusterSecurityError, ClusterUnreachableError)) as refused:
            connection.ask("GET", "/")
    assert proxy.url in refused.value.message
    assert "LSR_OS_PROXY" in refused.value.next_step
    assert "407" in refused.value.message or "wants to know" in refused.value.message


def test_a_proxy_that_is_not_there_is_named(engine: str, connect: Connect) -> None:
    proxy = f"http://127.0.0.1:{unused_port()}"
    connection = connect(f"{engine}+https://h:1", proxy=proxy, retry_s=0.2)
    with pytest.raises(ClusterUnreachableError) as refused:
        connection.ask("GET", "/")
    assert proxy in refused.value.message


def test_the_usual_variables_are_followed(engine: str, connect: Connect) -> None:
    with proxying() as proxy:
        connection = connect(
            f"{engine}+http://search.invalid:1", environ={"HTTP_PROXY": proxy.url}, retry_s=0.1
        )
        with pytest.raises(ClusterUnreachableError):
            connection.ask("GET", "/")
    assert proxy.requests[0].path == "http://search.invalid:1/"
