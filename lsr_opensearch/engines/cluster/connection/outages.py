"""Errors for a cluster that gives no answer: what is the matter, and what to do about it."""

from __future__ import annotations

import re

from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure
from lsr_opensearch.engines.cluster.connection.target import Target
from lsr_opensearch.errors import ClusterError, ClusterSecurityError, ClusterUnreachableError

_TRUST = (
    "Give the authority's certificate with LSR_OS_CA_CERTS, or the SHA-256 fingerprint of the "
    "cluster's certificate with LSR_OS_CERT_FINGERPRINT."
)
_NO_TLS = ("wrong version number", "wrong_version_number", "record layer failure", "http request")
_SELF_MADE = ("self-signed", "self signed", "unable to get local issuer", "unable to verify")
_NO_CLIENT_CERT = ("certificate required", "certificate_required", "handshake failure")
_USUAL_PORT = 9200
_PRESENTED = re.compile(r"fingerprint ([0-9a-f]{64})")


def outage(target: Target, failure: ConnectionFailure, *, was_reached: bool) -> ClusterError:
    """The error for a failure that lasted.

    Args:
        was_reached: whether the cluster has answered before, so that the address is right.
    """
    detail = failure.detail
    if failure.kind == "tls":
        return _tls(target, detail)
    if failure.kind == "timeout":
        return ClusterUnreachableError(
            f"The cluster {target.name} gave no answer in the time allowed.",
            "Try again when it is less busy, or allow more seconds with LSR_OS_TIMEOUT_S.",
        )
    if target.proxy:
        return ClusterUnreachableError(
            f"The cluster {target.name} cannot be reached through the proxy {target.proxy} "
            f"({detail}).",
            "Check LSR_OS_PROXY, HTTPS_PROXY and HTTP_PROXY; hosts in NO_PROXY are reached "
            "directly.",
        )
    if failure.kind == "reset" and not was_reached:
        return _broken_off_at_once(target, detail)
    return ClusterUnreachableError(
        f"The cluster {target.name} cannot be reached ({detail}).", _where(target, was_reached)
    )


def _where(target: Target, was_reached: bool) -> str:
    if was_reached:
        return (
            "It answered before: see whether it is still running, then run the same command again."
        )
    if target.port_given or target.is_callers:
        return "Check the host and port, and whether the cluster is running."
    port = target.hosts[0].port
    taken = f"The URL names no port, so {port} was taken"
    if port == _USUAL_PORT:
        return f"{taken}: check whether the cluster is running there, or give its port."
    return (
        f"{taken}; most clusters listen on {_USUAL_PORT}. Write "
        f"{target.url.replace(f':{port}', f':{_USUAL_PORT}')} if yours does."
    )


def _broken_off_at_once(target: Target, detail: str) -> ClusterError:
    said = f"The cluster {target.name} closed the connection without an answer ({detail})."
    if target.url.startswith("http://"):
        other = target.url.replace("http://", "https://", 1)
        return ClusterUnreachableError(
            said, f"It may want TLS: try {other} in place of {target.url}."
        )
    return ClusterUnreachableError(
        said,
        "See the cluster's log; something that is no cluster may be listening there, or a client's "
        "certificate may be wanted (LSR_OS_CLIENT_CERT).",
    )


def _tls(target: Target, detail: str) -> ClusterError:
    low = detail.lower()
    if any(sign in low for sign in _NO_TLS):
        other = target.url.replace("https://", "http://", 1)
        return ClusterUnreachableError(
            f"What listens at {target.name} does not speak TLS ({detail}).",
            f"Try {other} in place of {target.url}.",
        )
    message = f"The certificate of {target.name} is not accepted"
    if target.is_callers:
        return ClusterSecurityError(
            f"{message} ({detail}).", "Check the TLS settings of the client that was passed in."
        )
    if presented := _PRESENTED.search(low):
        return ClusterSecurityError(
            f"{message}: its fingerprint is {presented[1]}, and not the one in "
            "LSR_OS_CERT_FINGERPRINT (cert_fingerprint).",
            "If the cluster has a new certificate, ask whoever runs it for the new fingerprint. If "
            "yours is its authority's, set LSR_OS_CA_CERTS to the authority's certificate: the "
            "cluster does not send it along. Otherwise somebody may stand in between.",
        )
    if "expired" in low:
        return ClusterSecurityError(
            f"{message}: it has expired.",
            "Whoever runs the cluster has to renew it. Until then, LSR_OS_CERT_FINGERPRINT with "
            "its fingerprint takes it all the same.",
        )
    if "hostname mismatch" in low or "ip address mismatch" in low or "doesn't match" in low:
        return ClusterSecurityError(
            f"{message}: it is for another name ({detail}).",
            "Write the name that the certificate has into the URL, or give its fingerprint with "
            "LSR_OS_CERT_FINGERPRINT.",
        )
    if any(sign in low for sign in _SELF_MADE):
        wrong = " with LSR_OS_CA_CERTS as it is" if target.tls.ca_certs else ""
        return ClusterSecurityError(
            f"{message}{wrong}: no authority that is trusted here has signed it ({detail}).", _TRUST
        )
    if any(sign in low for sign in _NO_CLIENT_CERT):
        return ClusterSecurityError(
            f"The cluster {target.name} refuses the TLS connection ({detail}).",
            "It may want a client's certificate: set LSR_OS_CLIENT_CERT and LSR_OS_CLIENT_KEY.",
        )
    return ClusterSecurityError(
        f"No TLS connection to {target.name} could be made ({detail}).", _TRUST
    )
