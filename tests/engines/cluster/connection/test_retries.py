"""When a request is tried again, when it is not, and what is said in the end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tenacity import wait_fixed

from lsr_opensearch.engines.cluster.connection import retries
from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
)

from .server import ELASTICSEARCH, OPENSEARCH, Reply, Request, served, silent, unused_port

Connect = Callable[..., ClusterConnection]


def in_turn(*replies: Reply) -> Callable[[Request], Reply]:
    """Answers these in turn, and then the last for ever."""
    rest: Iterator[Reply] = iter(replies)
    return lambda request: next(rest, replies[-1])


def refusing(status: int, kind: str = "x", reason: str = "y") -> Reply:
    return Reply({"error": {"type": kind, "reason": reason}, "status": status}, status)


GOOD = Reply({"a": 1}, headers={"X-Elastic-Product": "Elasticsearch"})
BUSY = refusing(429, "rejected_execution_exception", "queue full")
FULL = refusing(
    429, "cluster_block_exception", "index [i] blocked by: [TOO_MANY_REQUESTS/12/disk usage …];"
)


@pytest.mark.parametrize(
    "passing", [BUSY, refusing(502), refusing(503), refusing(504), Reply(hang_up=True)]
)
def test_what_passes_is_waited_for(passing: Reply, engine: str, connect: Connect) -> None:
    with served(in_turn(passing, passing, GOOD)) as server:
        response = connect(f"{engine}+{server.url}").ask("GET", "/i")
    assert response.body == {"a": 1}
    assert len(server.requests) == 3


def test_a_late_answer_is_asked_for_again(engine: str, connect: Connect) -> None:
    with served(in_turn(Reply(delay_s=1), GOOD)) as server:
        response = connect(f"{engine}+{server.url}").ask("GET", "/i", timeout_s=0.2)
    assert response.body == {"a": 1}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusing(400), ClusterRequestError),
        (refusing(401), ClusterSecurityError),
        (refusing(403), ClusterSecurityError),
        (refusing(500), ClusterRequestError),
        (FULL, ClusterBlockedError),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    reply: Reply, kind: type[ClusterError], engine: str, connect: Connect
) -> None:
    with served(reply) as server, pytest.raises(kind):
        connect(f"{engine}+{server.url}").ask("GET", "/i")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [404, 429, 503])
def test_a_status_that_is_allowed_is_an_answer(status: int, engine: str, connect: Connect) -> None:
    with served(refusing(status)) as server:
        response = connect(f"{engine}+{server.url}").ask("GET", "/i", allowed=(status,))
    assert response.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [BUSY, Reply(hang_up=True)])
def test_in_the_end_it_is_given_up(reply: Reply, engine: str, connect: Connect) -> None:
    with served(in_turn(GOOD, reply)) as server:
        connection = connect(f"{engine}+{server.url}", retry_s=0.5)
        connection.send("GET", "/i")
        begun = time.monotonic()
        with pytest.raises(ClusterUnreachableError):
            connection.ask("GET", "/i")
    assert 0.5 <= time.monotonic() - begun < 3
    assert len(server.requests) > 2


def test_a_cluster_that_never_answered_is_given_up_sooner(
    engine: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_CONTACT_S", 0.2)
    connection = connect(f"{engine}+http://127.0.0.1:{unused_port()}", retry_s=60)
    begun = time.monotonic()
    with pytest.raises(ClusterUnreachableError, match="Check the host and port"):
        connection.ask("GET", "/i")
    assert time.monotonic() - begun < 5


def test_the_last_pause_is_not_longer_than_the_time_that_is_left(
    engine: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_CONTACT_S", 0.3)
    monkeypatch.setattr(retries, "_WAIT", wait_fixed(10))
    connection = connect(f"{engine}+http://127.0.0.1:{unused_port()}")
    begun = time.monotonic()
    with pytest.raises(ClusterUnreachableError):
        connection.ask("GET", "/i")
    assert 0.3 <= time.monotonic() - begun < 3


def test_of_several_hosts_the_one_that_answers_is_found_at_once(
    engine: str, connect: Connect
) -> None:
    with served(GOOD) as server:
        dead = ",".join(f"127.0.0.1:{unused_port()}" for _ in range(3))
        connection = connect(f"{engine}+http://{dead},127.0.0.1:{server.port}")
        begun = time.monotonic()
        responses = [connection.ask("GET", "/i") for _ in range(20)]
    assert time.monotonic() - begun < 2
    assert all(response.body == {"a": 1} for response in responses)


def test_a_host_that_restarts_leaves_the_work_to_the_other(engine: str, connect: Connect) -> None:
    with served(refusing(503)) as restarting, served(GOOD) as running:
        connection = connect(f"{engine}+{restarting.url},127.0.0.1:{running.port}")
        for _ in range(10):
            assert connection.ask("GET", "/i").body == {"a": 1}
    assert len(restarting.requests) < 5


def test_closing_ends_the_waiting_of_other_threads(engine: str, connect: Connect) -> None:
    raised: list[Any] = []

    def ask() -> None:
        try:
            connection.ask("GET", "/i")
        except ClusterError as error:
            raised.append(error)

    with served(in_turn(GOOD, BUSY)) as server:
        connection = connect(f"{engine}+{server.url}", retry_s=60)
        connection.send("GET", "/i")
        waiting = threading.Thread(target=ask)
        waiting.start()
        while len(server.requests) < 2:
            time.sleep(0.01)
        connection.close()
        waiting.join(5)
    assert [type(error) for error in raised] == [ClusterUnreachableError]


def test_threads_share_a_connection(engine: str, connect: Connect) -> None:
    answers: list[Any] = []
    with served(Reply({"a": 1}, headers=GOOD.headers, delay_s=0.01)) as server:
        connection = connect(f"{engine}+{server.url}")
        threads = [
            threading.Thread(target=lambda: answers.append(connection.ask("GET", "/i").body))
            for _ in range(60)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [{"a": 1}] * 60


def test_the_first_wait_is_a_warning_and_those_after_it_are_not(
    engine: str, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        served(in_turn(BUSY, BUSY, BUSY, GOOD)) as server,
        caplog.at_level(logging.WARNING, "lsr_opensearch"),
    ):
        connect(f"{engine}+{server.url}").ask("GET", "/i")
    (record,) = [r for r in caplog.records if r.name.startswith("lsr_opensearch")]
    assert "status 429" in record.getMessage()
    assert "for up to 60 s" in record.getMessage()


@pytest.mark.parametrize("how", ["dead", "silent"])
def test_a_failure_prints_nothing(
    how: str, engine: str, connect: Connect, capfd: pytest.CaptureFixture[str]
) -> None:
    with silent() as address:
        address = address if how == "silent" else f"127.0.0.1:{unused_port()}"
        with pytest.raises(ClusterUnreachableError):
            connect(f"{engine}+http://{address}", retry_s=0.1, timeout_s=0.05).ask("GET", "/")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("reply", "name"), [(OPENSEARCH, "opensearch"), (ELASTICSEARCH, "elasticsearch")]
)
def test_a_url_without_an_engine_is_asked_which_it_is(
    reply: Reply, name: str, connect: Connect
) -> None:
    with served(reply) as server:
        assert connect(server.url).server.engine == name
    assert [request.path for request in server.requests] == ["/"]


def test_the_server_is_asked_for_once(engine: str, connect: Connect) -> None:
    reply = OPENSEARCH if engine == "opensearch" else ELASTICSEARCH
    with served(reply) as server:
        connection = connect(f"{engine}+{server.url}")
        assert server.requests == []
        assert connection.server is connection.server
    assert len(server.requests) == 1


def test_who_may_not_ask_for_the_version_still_learns_the_engine(connect: Connect) -> None:
    denied = refusing(403, "security_exception", "no permissions for [cluster:monitor/main]")
    with served(denied) as server:
        info = connect(server.url).server
    assert (info.engine, info.version) == ("opensearch", None)


def test_the_version_is_found_without_the_front_page(connect: Connect) -> None:
    def answer(request: Request) -> Reply:
        if request.path.startswith("/_nodes/_local"):
            return Reply({"nodes": {"a": {"version": "9.5.0"}}}, headers=ELASTICSEARCH.headers)
        return Reply({"error": "Incorrect HTTP method", "status": 405}, 405, ELASTICSEARCH.headers)

    with served(answer) as server:
        assert connect(server.url).server.version == (9, 5, 0)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<title>Welcome to nginx!</title>", headers={"Content-Type": "text/html"}),
        Reply({"hello": "world"}),
        Reply(b"<title>Not Found</title>", 404),
        Reply(b"", 302, {"Location": "/login"}),
    ],
)
def test_what_is_no_cluster_is_told_as_that(reply: Reply, engine: str, connect: Connect) -> None:
    with served(reply) as server, pytest.raises(ClusterRequestError, match="neither OpenSearch"):
        _ = connect(f"{engine}+{server.url}").server


@pytest.mark.parametrize(
    ("header", "console"), [("kbn-name", "Kibana"), ("osd-name", "OpenSearch Dashboards")]
)
def test_a_console_is_not_taken_for_the_cluster(
    header: str, console: str, connect: Connect
) -> None:
    reply = Reply(b"", 302, {"Location": "/login", header: "x"})
    with served(reply) as server, pytest.raises(ClusterRequestError, match=f"{console} answers"):
        connect(server.url)


@pytest.mark.parametrize(
    ("named", "reply", "other"),
    [("elasticsearch", OPENSEARCH, "opensearch"), ("opensearch", ELASTICSEARCH, "elasticsearch")],
)
def test_the_other_engine_is_told_with_the_url_to_use(
    named: str, reply: Reply, other: str, connect: Connect
) -> None:
    with served(reply) as server, pytest.raises(Exception, match="other engine") as raised:
        _ = connect(f"{named}+{server.url}").server
    assert f"{other}+{server.url}" in str(raised.value)
