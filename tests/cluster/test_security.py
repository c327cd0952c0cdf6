"""TLS, credentials and permissions on real nodes that have security turned on."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection import (
    ConnectionOptions,
    error_of,
    open_connection,
)
from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import ClusterError, ClusterSecurityError, ClusterUnreachableError

from .nodes.endpoint import Endpoint
from .nodes.users import ADMIN, NOBODY, READER, WRITER, User

FIXTURES = ("opensearch_secure_node", "elasticsearch_secure_node")
Connect = Callable[..., ClusterConnection]


@pytest.fixture(params=FIXTURES)
def secure(request: pytest.FixtureRequest) -> Endpoint:
    """Each secured node in turn."""
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


@pytest.fixture
def connect(secure: Endpoint) -> Iterator[Connect]:
    """Opens connections to the node that trust its authority, and closes them after the test."""
    opened: list[ClusterConnection] = []

    def connected(user: User | None = None, url: str = "", **options: Any) -> ClusterConnection:
        if user:
            options = {"user": user.name, "password": user.password, **options}
        if not {"ca_certs", "cert_fingerprint", "insecure"} & set(options):
            options["ca_certs"] = secure.ca_file
        connection = open_connection(url or secure.url, ConnectionOptions(**options), {})
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        connection.close()


def refusal(
    ask: Callable[[], Any], kind: type[ClusterError] = ClusterSecurityError
) -> ClusterError:
    with pytest.raises(kind) as refused:
        ask()
    assert refused.value.next_step
    assert "-password" not in str(refused.value)
    return refused.value


def test_basic_authentication_is_accepted(connect: Connect, secure: Endpoint) -> None:
    connection = connect(ADMIN)
    assert connection.ask("GET", "/_cluster/health").ok
    assert connection.server.engine == secure.engine
    assert connection.server.version == tuple(int(n) for n in secure.version().split("."))


def test_credentials_in_the_url_are_accepted_and_not_shown(
    connect: Connect, secure: Endpoint
) -> None:
    with_user = secure.url.replace("https://", f"https://{ADMIN.name}:{ADMIN.password}@")
    connection = connect(url=with_user)
    assert connection.ask("GET", "/_cluster/health").ok
    assert connection.url == secure.url
    assert len(connection.notes) == 1


@pytest.mark.parametrize("user", [READER, WRITER])
def test_the_engine_is_found_by_who_may_not_ask_for_it(
    user: User, connect: Connect, secure: Endpoint
) -> None:
    server = connect(user).server
    assert server.engine == secure.engine
    if server.version:
        assert server.version == tuple(int(n) for n in secure.version().split("."))


def test_without_credentials_it_is_told_what_to_set(connect: Connect) -> None:
    error = refusal(lambda: connect().server)
    assert "LSR_OS_USER" in error.next_step


@pytest.mark.parametrize("user", [User("admin", "wrong-password"), User("nix", "any-password")])
def test_a_wrong_password_is_told_with_the_user(user: User, connect: Connect) -> None:
    error = refusal(lambda: connect(user).server)
    assert f"the user {user.name}" in error.message
    assert "LSR_OS_PASSWORD" in error.next_step


def test_who_may_nothing_is_told_what_is_missing(connect: Connect, secure: Endpoint) -> None:
    connection = connect(NOBODY, url=f"{secure.engine}+{secure.url}")
    error = refusal(lambda: connection.ask("GET", "/lsr-x/_search"))
    assert "indices:data/read/search" in error.message
    assert NOBODY.name in error.message


def test_a_reader_that_writes_is_told_what_is_missing(
    connect: Connect, secure: Endpoint, index_name: str
) -> None:
    connect(WRITER).ask("PUT", f"/{index_name}")
    reader = connect(READER)
    error = refusal(lambda: reader.ask("PUT", f"/{index_name}/_doc/1", body={"n": 1}))
    assert "indices:data/write" in error.message
    assert READER.name in error.message
    if secure.engine == "elasticsearch":
        assert "index privileges [" in error.next_step


def test_a_bulk_request_into_a_forbidden_index_says_so(
    connect: Connect, secure: Endpoint, index_name: str
) -> None:
    connect(WRITER).ask("PUT", f"/{index_name}")
    lines = json.dumps({"index": {"_id": "1"}}) + '\n{"n": 1}\n'
    response = connect(READER).send("POST", f"/{index_name}/_bulk", body=lines.encode())
    if response.status == 200:
        (item,) = response.body["items"]
        assert item["index"]["status"] == 403
        detail = error_of(item["index"]["error"])
    else:
        assert response.status == 403
        detail = error_of(response.body)
    assert detail.type == "security_exception"
    assert "indices:data/write/bulk" in detail.reason


def test_an_authority_that_nobody_knows_is_refused(connect: Connect, tmp_path: Path) -> None:
    import trustme

    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    for options in ({"ca_certs": None}, {"ca_certs": str(tmp_path / "other.pem")}):
        error = refusal(lambda options=options: connect(ADMIN, **options).server)
        assert "LSR_OS_CA_CERTS" in str(error)


def test_a_certificate_that_is_not_checked_is_taken(connect: Connect) -> None:
    connection = connect(ADMIN, insecure=True)
    assert connection.ask("GET", "/_cluster/health").ok
    assert "not checked" in connection.notes[0]


def test_the_right_fingerprint_is_trusted_and_another_is_not(
    connect: Connect, secure: Endpoint
) -> None:
    host, _, port = secure.url.removeprefix("https://").partition(":")
    pem = ssl.get_server_certificate((host, int(port)))
    right = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    assert connect(ADMIN, cert_fingerprint=right).ask("GET", "/_cluster/health").ok

    error = refusal(lambda: connect(ADMIN, cert_fingerprint="ab" * 32).server)
    assert right in error.message


def test_the_fingerprint_of_an_authority_that_is_not_sent_along_is_told_as_that(
    connect: Connect, secure: Endpoint
) -> None:
    assert secure.ca_file
    der = ssl.PEM_cert_to_DER_cert(Path(secure.ca_file).read_text())
    error = refusal(lambda: connect(ADMIN, cert_fingerprint=hashlib.sha256(der).hexdigest()).server)
    assert "LSR_OS_CA_CERTS" in error.next_step


def test_plain_http_to_a_tls_port_suggests_https(connect: Connect, secure: Endpoint) -> None:
    plain = secure.url.replace("https://", "http://")
    connection = connect(ADMIN, url=f"{secure.engine}+{plain}", retry_s=0.5)
    error = refusal(lambda: connection.ask("GET", "/"), ClusterError)
    assert secure.url in str(error)
    assert isinstance(error, ClusterUnreachableError)


def test_an_api_key_is_accepted(elasticsearch_secure_node: Endpoint) -> None:
    if not (elasticsearch_secure_node.kind and elasticsearch_secure_node.kind.has_api_keys):
        pytest.skip("this node makes no API keys")
    made = elasticsearch_secure_node.request("POST", "/_security/api_key", {"name": "test"}).body
    for key in (made["encoded"], f"{made['id']}:{made['api_key']}"):
        options = ConnectionOptions(api_key=key, ca_certs=elasticsearch_secure_node.ca_file)
        connection = open_connection(elasticsearch_secure_node.url, options, {})
        assert connection.ask("GET", "/_cluster/health").ok
        connection.close()
    wrong = ConnectionOptions(
        api_key=f"{made['id']}:wrong", ca_certs=elasticsearch_secure_node.ca_file
    )
    with pytest.raises(ClusterSecurityError, match="API key"):
        open_connection(elasticsearch_secure_node.url, wrong, {})
