"""Whom a connection trusts: real handshakes with certificates of all sorts."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import ClusterSecurityError, ClusterUnreachableError, UsageError

from .conftest import Authority
from .server import Reply, served

Connect = Callable[..., ClusterConnection]
GOOD = Reply({"a": 1}, headers={"X-Elastic-Product": "Elasticsearch"})


def fingerprint(pem: bytes) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest()


def refusal(connection: ClusterConnection) -> str:
    with pytest.raises(ClusterSecurityError) as refused:
        connection.ask("GET", "/")
    assert refused.value.next_step
    return str(refused.value)


def test_an_authority_in_a_file_is_trusted(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, authority.server_context("127.0.0.1")) as server:
        connection = connect(f"{engine}+{server.url}", ca_certs=str(authority.file))
        assert connection.ask("GET", "/").body == {"a": 1}


def test_authorities_in_a_folder_are_trusted(
    engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "ours.crt").write_bytes(authority.file.read_bytes())
    (tmp_path / "readme.txt").write_text("no certificate")
    with served(GOOD, authority.server_context("127.0.0.1")) as server:
        connection = connect(f"{engine}+{server.url}", ca_certs=str(tmp_path))
        assert connection.ask("GET", "/").body == {"a": 1}


def test_the_clusters_own_certificate_is_an_authority_for_itself(
    engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    issued = authority.ca.issue_cert("127.0.0.1")
    (tmp_path / "own.pem").write_bytes(issued.cert_chain_pems[0].bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    with served(GOOD, context) as server:
        connection = connect(f"{engine}+{server.url}", ca_certs=str(tmp_path / "own.pem"))
        assert connection.ask("GET", "/").body == {"a": 1}


def test_an_authority_that_nobody_knows_is_refused_with_what_to_set(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, authority.server_context("127.0.0.1")) as server:
        said = refusal(connect(f"{engine}+{server.url}"))
    assert server.requests == []
    assert "LSR_OS_CA_CERTS" in said
    assert "LSR_OS_CERT_FINGERPRINT" in said


def test_another_authority_is_refused(
    engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with served(GOOD, authority.server_context("127.0.0.1")) as server:
        said = refusal(connect(f"{engine}+{server.url}", ca_certs=str(tmp_path / "other.pem")))
    assert "with LSR_OS_CA_CERTS as it is" in said


def test_an_expired_certificate_is_told_as_that(
    engine: str, connect: Connect, authority: Authority
) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = authority.server_context("127.0.0.1", not_after=yesterday)
    with served(GOOD, context) as server:
        said = refusal(connect(f"{engine}+{server.url}", ca_certs=str(authority.file)))
    assert "it has expired" in said


def test_a_certificate_for_another_name_is_told_as_that(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, authority.server_context("search.example.org")) as server:
        said = refusal(connect(f"{engine}+{server.url}", ca_certs=str(authority.file)))
    assert "it is for another name" in said
    assert "127.0.0.1" in said


@pytest.mark.parametrize("whose", ["the cluster's", "its authority's"])
def test_one_certificate_is_trusted_by_its_fingerprint(
    whose: str, engine: str, connect: Connect, authority: Authority
) -> None:
    issued = authority.ca.issue_cert("name.that.does.not.matter")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _present(context, issued, authority.ca)
    pem = issued.cert_chain_pems[0] if whose == "the cluster's" else authority.ca.cert_pem
    with served(GOOD, context) as server:
        connection = connect(
            f"{engine}+{server.url}", cert_fingerprint=fingerprint(pem.bytes()).upper()
        )
        assert [connection.ask("GET", "/").body for _ in range(3)] == [{"a": 1}] * 3


def test_threads_that_begin_together_all_find_the_authority(
    engine: str, connect: Connect, authority: Authority
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _present(context, authority.ca.issue_cert("x"), authority.ca)
    with served(GOOD, context) as server:
        connection = connect(
            f"{engine}+{server.url}",
            cert_fingerprint=fingerprint(authority.ca.cert_pem.bytes()),
        )
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: connection.send("GET", "/").body, range(40)))
    assert answers == [{"a": 1}] * 40


def test_another_fingerprint_is_refused_with_the_one_presented(
    engine: str, connect: Connect, authority: Authority
) -> None:
    issued = authority.ca.issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _present(context, issued, authority.ca)
    with served(GOOD, context) as server:
        said = refusal(connect(f"{engine}+{server.url}", cert_fingerprint="ab" * 32))
    assert server.requests == []
    assert fingerprint(issued.cert_chain_pems[0].bytes()) in said


def test_who_only_presents_an_authority_that_signed_nothing_of_it_is_refused(
    engine: str, connect: Connect, authority: Authority
) -> None:
    """An authority's certificate is public: anybody can send it along."""
    impostor = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _present(context, impostor, authority.ca)
    with served(GOOD, context) as server:
        refusal(
            connect(
                f"{engine}+{server.url}",
                cert_fingerprint=fingerprint(authority.ca.cert_pem.bytes()),
            )
        )
    assert server.requests == []


def _present(context: ssl.SSLContext, issued: trustme.LeafCert, along: trustme.CA) -> None:
    """Present a certificate, and an authority's along with it."""
    with issued.private_key_and_cert_chain_pem.tempfile() as path:
        with open(path, "ab") as file:
            file.write(along.cert_pem.bytes())
        context.load_cert_chain(path)


def test_a_certificate_that_is_not_checked_is_taken_without_a_word(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with (
        served(GOOD, authority.server_context("other.example.org")) as server,
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        connection = connect(f"{engine}+{server.url}", insecure=True)
        assert connection.ask("GET", "/").body == {"a": 1}
    assert warned == []
    assert len(connection.notes) == 1


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_clients_certificate_is_shown(
    in_one_file: bool, engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    client = authority.ca.issue_cert("me@example.org")
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    client.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    client.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    options = (
        {"client_cert": str(tmp_path / "both.pem")}
        if in_one_file
        else {"client_cert": str(tmp_path / "cert.pem"), "client_key": str(tmp_path / "key.pem")}
    )
    with served(GOOD, _asking_for_certificates(authority)) as server:
        connection = connect(f"{engine}+{server.url}", ca_certs=str(authority.file), **options)
        assert connection.ask("GET", "/").body == {"a": 1}


def test_who_shows_no_certificate_where_one_is_wanted_is_told(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, _asking_for_certificates(authority)) as server:
        connection = connect(f"{engine}+{server.url}", ca_certs=str(authority.file), retry_s=0.2)
        with pytest.raises((ClusterSecurityError, ClusterUnreachableError)) as refused:
            connection.ask("GET", "/")
    assert "LSR_OS_CLIENT_CERT" in refused.value.next_step


def _asking_for_certificates(authority: Authority) -> ssl.SSLContext:
    context = authority.server_context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=authority.file)
    return context


def test_plain_http_to_tls_suggests_https(
    engine: str, connect: Connect, authority: Authority
) -> None:
    with served(GOOD, authority.server_context("127.0.0.1")) as server:
        connection = connect(f"{engine}+http://127.0.0.1:{server.port}", retry_s=0.2)
        with pytest.raises(ClusterUnreachableError, match=f"https://127.0.0.1:{server.port}"):
            connection.ask("GET", "/")


def test_tls_to_plain_http_suggests_http(engine: str, connect: Connect) -> None:
    with served(GOOD) as server:
        connection = connect(f"{engine}+https://127.0.0.1:{server.port}", retry_s=0.2)
        with pytest.raises(ClusterUnreachableError, match=f"http://127.0.0.1:{server.port}"):
            connection.ask("GET", "/")


@pytest.mark.parametrize(
    ("option", "variable"),
    [("ca_certs", "LSR_OS_CA_CERTS"), ("client_cert", "LSR_OS_CLIENT_CERT")],
)
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_file_without_certificates_is_refused_by_its_variable(
    option: str,
    variable: str,
    content: bytes | None,
    engine: str,
    connect: Connect,
    tmp_path: Path,
) -> None:
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        connect(f"{engine}+https://h", **{option: str(path)})
    assert str(path) in str(refused.value)
    if content is None or option == "ca_certs":
        assert variable in refused.value.message


def test_a_key_that_is_another_certificates_is_refused(
    engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    one, other = authority.ca.issue_cert("one"), authority.ca.issue_cert("other")
    one.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    other.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    with pytest.raises(UsageError, match="that certificate's"):
        connect(
            f"{engine}+https://h",
            client_cert=str(tmp_path / "cert.pem"),
            client_key=str(tmp_path / "key.pem"),
        )


def test_an_encrypted_key_is_refused_without_asking_for_its_passphrase(
    engine: str, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    client = authority.ca.issue_cert("me")
    key = load_pem_private_key(client.private_key_pem.bytes(), None)
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    )
    with pytest.raises(UsageError, match="is encrypted"):
        connect(
            f"{engine}+https://h",
            client_cert=str(tmp_path / "cert.pem"),
            client_key=str(tmp_path / "key.pem"),
        )


def test_without_options_the_systems_authorities_are_trusted(engine: str) -> None:
    from lsr_opensearch.engines.cluster.connection.tls import Tls, ssl_context

    context = ssl_context(Tls())
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 10 or os.environ.get("SSL_CERT_FILE")
