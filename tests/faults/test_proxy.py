"""The proxy does to connections what it is told to, and nothing else."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from .proxy import Proxy, proxying
from .server import serving


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Before a cluster without faults."""
    with serving() as cluster, proxying(cluster.port) as made:
        yield made


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    yield made
    made.close()


def _ask(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    with connection.getresponse() as response:
        response.read()
        return response.status


def test_it_is_not_noticed_at_first(proxy: Proxy, connection: http.client.HTTPConnection) -> None:
    assert [_ask(connection), _ask(connection)] == [200, 200]
    assert proxy.connections == 1


def test_a_delay_makes_answers_late(proxy: Proxy, connection: http.client.HTTPConnection) -> None:
    proxy.behave(delay_s=0.3)
    began = time.monotonic()

    assert _ask(connection) == 200
    assert time.monotonic() - began >= 0.3


def test_a_delay_ends_when_the_proxy_behaves_again(
    proxy: Proxy, connection: http.client.HTTPConnection
) -> None:
    proxy.behave(delay_s=60)
    connection.request("GET", "/")
    proxy.behave()

    with connection.getresponse() as response:
        assert response.status == 200


def test_an_answer_is_cut_after_so_many_bytes(proxy: Proxy) -> None:
    proxy.behave(close_after=15)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        received = b""
        while data := connection.recv(100):
            received += data

    assert received == b"HTTP/1.1 200 OK"


def test_a_reset_is_one(proxy: Proxy, connection: http.client.HTTPConnection) -> None:
    proxy.behave(reset_after=0)

    with pytest.raises(ConnectionResetError):
        _ask(connection)


def test_refusing_resets_new_connections(
    proxy: Proxy, connection: http.client.HTTPConnection
) -> None:
    proxy.behave(refuse=True)

    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        _ask(connection)


def test_nothing_comes_out_of_a_blackhole(
    proxy: Proxy, connection: http.client.HTTPConnection
) -> None:
    proxy.behave(blackhole=True)
    connection.timeout = 0.3

    with pytest.raises(TimeoutError):
        _ask(connection)


def test_a_running_connection_meets_a_new_behaviour(
    proxy: Proxy, connection: http.client.HTTPConnection
) -> None:
    _ask(connection)
    proxy.behave(reset_after=0)

    with pytest.raises(ConnectionResetError):
        _ask(connection)
