"""Errors for a cluster that gives no answer."""

from __future__ import annotations

import pytest

from lsr_opensearch.engines.cluster.connection.addresses import Host
from lsr_opensearch.engines.cluster.connection.credentials import Credentials
from lsr_opensearch.engines.cluster.connection.outages import outage
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, FailureKind
from lsr_opensearch.engines.cluster.connection.target import Target, callers_target
from lsr_opensearch.engines.cluster.connection.tls import Tls
from lsr_opensearch.errors import ClusterError, ClusterSecurityError, ClusterUnreachableError

NOBODY = Credentials("none")


def error_for(
    kind: FailureKind,
    detail: str,
    url: str = "https://h:9200",
    was_reached: bool = False,
    target: Target | None = None,
) -> ClusterError:
    target = target or Target(url, NOBODY, Tls(), (Host("h", 9200),))
    error = outage(target, ConnectionFailure(kind, detail), was_reached=was_reached)
    assert target.url in error.message
    assert error.next_step
    return error


@pytest.mark.parametrize("kind", ["unreachable", "timeout", "reset"])
def test_no_answer_is_an_unreachable_cluster(kind: FailureKind) -> None:
    assert isinstance(error_for(kind, "gone"), ClusterUnreachableError)


def test_a_cluster_that_answered_before_is_not_a_wrong_address() -> None:
    error = error_for("unreachable", "Connection refused", was_reached=True)
    assert "answered before" in error.next_step


def test_a_port_that_was_not_given_is_named() -> None:
    target = Target("https://h:443/p", NOBODY, Tls(), (Host("h", 443),), port_given=False)
    error = error_for("unreachable", "Connection refused", target=target)
    assert "https://h:9200/p" in error.next_step


def test_the_port_that_was_taken_is_not_the_one_to_try() -> None:
    target = Target("http://h:9200", NOBODY, Tls(), (Host("h", 9200),), port_given=False)
    error = error_for("unreachable", "Connection refused", target=target)
    assert "so 9200 was taken" in error.next_step
    assert "give its port" in error.next_step
    assert "http://h:9200" not in error.next_step


def test_a_proxy_is_named() -> None:
    target = Target("https://h:1", NOBODY, Tls(), (Host("h", 1),), proxy="http://p:3128")
    error = error_for("unreachable", "Connection refused", target=target)
    assert "http://p:3128" in error.message
    assert "LSR_OS_PROXY" in error.next_step


def test_plain_http_that_is_hung_up_on_suggests_tls() -> None:
    error = error_for("reset", "Remote end closed connection without response", "http://h:9200")
    assert "https://h:9200" in error.next_step


def test_tls_with_who_does_not_speak_it_suggests_plain_http() -> None:
    error = error_for("tls", "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
    assert isinstance(error, ClusterUnreachableError)
    assert "http://h:9200" in error.next_step


@pytest.mark.parametrize(
    ("detail", "said", "variable"),
    [
        ("certificate verify failed: self-signed certificate", "no authority", "LSR_OS_CA_CERTS"),
        (
            "certificate verify failed: unable to get local issuer certificate",
            "no authority",
            "LSR_OS_CERT_FINGERPRINT",
        ),
        ("certificate verify failed: certificate has expired", "expired", "FINGERPRINT"),
        (
            "certificate verify failed: Hostname mismatch, certificate is not valid for 'h'.",
            "another name",
            "URL",
        ),
        (
            "certificate verify failed: IP address mismatch, certificate is not valid for '::1'.",
            "another name",
            "URL",
        ),
        (
            "fingerprint mismatch: the certificate has the fingerprint " + "ab" * 32,
            "ab" * 32,
            "fingerprint",
        ),
        (
            "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required",
            "",
            "CLIENT",
        ),
        ("something new", "something new", "LSR_OS_CA_CERTS"),
    ],
)
def test_a_certificate_that_is_not_accepted_is_told_with_what_to_set(
    detail: str, said: str, variable: str
) -> None:
    error = error_for("tls", detail)
    assert isinstance(error, ClusterSecurityError)
    assert said in error.message
    assert variable in error.next_step


def test_a_callers_client_is_not_told_of_our_variables() -> None:
    error = error_for("tls", "self-signed certificate", target=callers_target("https://h:1"))
    assert "LSR_OS" not in str(error)


def test_the_other_hosts_are_counted() -> None:
    target = Target("https://a:1", NOBODY, Tls(), (Host("a", 1), Host("b", 1), Host("c", 1)))
    assert "(and 2 more)" in error_for("unreachable", "gone", target=target).message
