"""No secret appears in anything that is shown: representations, errors and their causes, logs."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.connection.destination import settle
from lsr_opensearch.engines.cluster.connection.environment import options_from
from lsr_opensearch.errors import LsrError

from .server import Reply, Request, served, unused_port

# What begins so is nowhere in the sources, from which hypothesis takes words, too.
TOKEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=_-", min_size=6).map("h7Qz{}".format)
PASSWORD = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="\x7f"), min_size=6
).map("h7Qz{}".format)
MANY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FEW = settings(MANY, max_examples=6)
ONCE = settings(MANY, max_examples=1)
LOGINS = ("me", "id")
HASTY = BulkPolicy(patience_s=0.01, sleep=lambda _: None)


def shown_by(error: BaseException) -> str:
    """All that a reader may be shown of an error: its text, its parts and what caused it."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(error.args)


@MANY
@given(secret=PASSWORD)
@pytest.mark.parametrize("name", ["password", "api_key", "bearer_token", "proxy"])
def test_options_do_not_show_secrets(name: str, secret: str) -> None:
    options = ConnectionOptions(**{name: secret})
    assert secret not in repr(options)
    assert secret not in str(options)


@MANY
@given(secret=PASSWORD)
def test_a_destination_does_not_show_secrets(secret: str) -> None:
    login = f"me:{quote(secret, safe='')}"
    options = ConnectionOptions(proxy=f"http://{login}@p:1")
    destination = settle(f"https://{login}@h", options, {})
    shown = repr(destination) + str(destination)
    assert secret not in shown
    assert quote(secret, safe="") not in shown
    assert base64.b64encode(f"me:{secret}".encode()).decode() not in shown


@MANY
@given(secret=PASSWORD)
@pytest.mark.parametrize(
    "url", ["https://me:{}@h:port", "me:{}@h", "https://me:{}@", "https://me:{}@h?x", "x://me:{}@h"]
)
def test_a_url_that_is_refused_does_not_show_its_password(url: str, secret: str) -> None:
    with pytest.raises(LsrError) as refused:
        settle(url.format(secret), ConnectionOptions(), {})
    assert secret not in shown_by(refused.value)


@MANY
@given(secret=PASSWORD)
@pytest.mark.parametrize(
    "variables",
    [
        {"LSR_OS_PASSWORD": "{}"},
        {"LSR_OS_PASSWORD": "{}", "LSR_OS_PASSWORD_FILE": "/x"},
        {"LSR_OS_USER": "me", "LSR_OS_PASSWORD": "{}", "LSR_OS_API_KEY": "{}"},
        {"LSR_OS_API_KEY": "{}\n"},
        {"LSR_OS_BEARER_TOKEN": "{} x"},
        {"LSR_OS_CLOUD_ID": "{}"},
        {"LSR_OS_PROXY": "socks5://me:{}@p:1"},
        {"LSR_OS_CERT_FINGERPRINT": "{}"},
    ],
)
def test_variables_that_are_refused_do_not_show_their_values(
    variables: Mapping[str, str], secret: str
) -> None:
    environ = {name: value.format(secret) for name, value in variables.items()}
    with pytest.raises(LsrError) as refused:
        settle("https://h", options_from(environ), {})
    assert secret not in shown_by(refused.value)


def echo(request: Request) -> Reply:
    """Answer with all that was sent, as some front ends do in their error pages."""
    sent = f"{request.method} {request.path} {dict(request.headers)}"
    return Reply(sent.encode(), 500, {"X-Elastic-Product": "Elasticsearch"})


def echo_of_bulk(request: Request) -> Reply:
    """The same, with the status that the alias is called."""
    return replace(echo(request), status=int(request.path.split("/")[1]))


@pytest.fixture(scope="module")
def servers() -> Iterator[Mapping[str, int]]:
    """By name, the ports of servers that refuse everything."""
    refused = Reply(b"Unauthorized", 401)
    with served(echo) as echoing, served(refused) as refusing, served(echo_of_bulk) as bulk:
        yield {
            "echo": echoing.port,
            "refusing": refusing.port,
            "dead": unused_port(),
            "bulk": bulk.port,
        }


@FEW
@given(secret=TOKEN)
@pytest.mark.parametrize("kind", ["basic", "url", "api_key", "id:api_key", "bearer_token"])
@pytest.mark.parametrize("server", ["echo", "refusing", "dead"])
def test_errors_and_logs_of_connections_do_not_show_secrets(
    server: str,
    kind: str,
    engine: str,
    secret: str,
    servers: Mapping[str, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.clear()
    login, options = "", dict[str, Any]()
    if kind == "basic":
        options = {"user": "me", "password": secret}
    elif kind == "url":
        login = f"me:{quote(secret, safe='')}@"
    elif kind == "id:api_key":
        options = {"api_key": f"id:{secret}"}
    else:
        options = {kind: secret}
    url = f"{engine}+http://{login}127.0.0.1:{servers[server]}"
    # What a front end repeats is in the clients' own logs of answers, which are for debugging.
    with caplog.at_level(logging.WARNING if server == "echo" else logging.DEBUG):
        connection = open_connection(url, ConnectionOptions(**options, retry_s=0.01), {})
        with pytest.raises(LsrError) as refused:
            connection.ask("POST", "/_bulk", body=b"{}\n")
        connection.close()
    shown = shown_by(refused.value) + repr(connection) + connection.url
    shown += "".join(connection.notes) + caplog.text
    assert hides(secret, shown)


def hides(secret: str, shown: str) -> bool:
    """Whether nothing of it is shown: not in another form, and not its beginning either."""
    forms = [secret, *(base64.b64encode(f"{who}:{secret}".encode()).decode() for who in LOGINS)]
    return not any(form[:40] in shown for form in forms)


@ONCE
@given(secret=TOKEN)
@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("kind", ["password", "api_key", "bearer_token"])
@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_bulk_errors_and_warnings_do_not_show_secrets(
    status: int,
    kind: str,
    is_long: bool,
    engine: str,
    secret: str,
    servers: Mapping[str, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor their beginnings, where what is said is cut short."""
    secret *= 1 + is_long * 300 // len(secret)
    options: dict[str, Any] = {kind: secret} | ({"user": "me"} if kind == "password" else {})
    caplog.clear()
    results: list[Result] = []
    url = f"{engine}+http://127.0.0.1:{servers['bulk']}"
    connection = open_connection(url, ConnectionOptions(**options), {})
    writer = BulkWriter(connection, str(status), policy=HASTY)
    with caplog.at_level(logging.WARNING), pytest.raises(LsrError) as refused:
        writer.write([Change("a", 1, b"{}"), Change("b", 1, b"{}")], results.extend)
    connection.close()
    assert hides(secret, shown_by(refused.value) + caplog.text + repr(results))


@ONCE
@given(secret=TOKEN)
@pytest.mark.parametrize("status", [407, 500])
def test_what_a_proxy_repeats_of_its_login_is_not_shown(
    status: int, engine: str, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    with served(lambda request: replace(echo(request), status=status)) as proxy:
        options = ConnectionOptions(
            proxy=f"http://me:{quote(secret, safe='')}@127.0.0.1:{proxy.port}", retry_s=0.01
        )
        connection = open_connection(f"{engine}+http://search:9200", options, {})
        with caplog.at_level(logging.WARNING), pytest.raises(LsrError) as refused:
            connection.ask("GET", "/photos")
        connection.close()
    assert hides(secret, shown_by(refused.value) + caplog.text)


def test_a_proxy_login_may_have_any_letters(engine: str) -> None:
    seen: list[str] = []

    def proxy(request: Request) -> Reply:
        seen.append({k.lower(): v for k, v in request.headers.items()}["proxy-authorization"])
        json = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
        return Reply(b"{}", 200, json)

    with served(proxy) as server:
        options = ConnectionOptions(proxy=f"http://me:p%E2%82%AC@127.0.0.1:{server.port}")
        connection = open_connection(f"{engine}+http://search:9200", options, {})
        connection.ask("GET", "/photos")
        connection.close()
    assert base64.b64decode(seen[0].removeprefix("Basic ")).decode() == "me:p€"
