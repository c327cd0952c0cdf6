"""Where requests go and as whom: a URL, the caller's options and the environment, settled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lsr_opensearch.engines.cluster.connection.addresses import (
    FORMS,
    Address,
    ClusterUrl,
    is_loopback,
    parse_cloud_id,
    parse_url,
)
from lsr_opensearch.engines.cluster.connection.credentials import Credentials, credentials_from
from lsr_opensearch.engines.cluster.connection.environment import options_from
from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.engines.cluster.connection.proxies import Proxy, proxy_for
from lsr_opensearch.engines.cluster.connection.tls import Tls, tls_from
from lsr_opensearch.errors import UsageError

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_RETRY_S = 60.0
_LONGEST_S = 86_400.0
_CLOUD_URLS = ("", "https://", "elasticsearch+https://")


@dataclass(frozen=True)
class Destination:
    """Where requests go, and as whom.

    Attributes:
        proxies: one a host, or None where it is reached directly.
        notes: what the user should be warned of, a sentence each.
    """

    address: Address
    credentials: Credentials
    tls: Tls
    proxies: tuple[Proxy | None, ...]
    timeout_s: float
    retry_s: float
    notes: tuple[str, ...]


def settle(url: str, options: ConnectionOptions, environ: Mapping[str, str]) -> Destination:
    """Everything that is needed to connect. The URL counts more than ``options``, and these more
    than the environment.

    Args:
        url: of the cluster; with a Cloud ID empty, or ``elasticsearch+https://``.

    Raises:
        UsageError: something cannot be read, or contradicts something else.
    """
    options = options.completed(options_from(environ))
    if options.cloud_id:
        if url not in _CLOUD_URLS:
            raise UsageError(
                "Both a URL with a host and LSR_OS_CLOUD_ID (cloud_id) are given.",
                "Leave one of the two out: a Cloud ID names the host.",
            )
        parsed = ClusterUrl(parse_cloud_id(options.cloud_id))
    elif not url:
        raise UsageError("No URL of a cluster is given.", FORMS)
    else:
        parsed = parse_url(url)
    options = _from_url(parsed).completed(options)
    credentials = credentials_from(options)
    address = _with_engine(parsed.address, credentials)
    tls = tls_from(options)
    return Destination(
        address,
        credentials,
        tls,
        tuple(proxy_for(address.scheme, h, options.proxy, environ) for h in address.hosts),
        _seconds(options.timeout_s, DEFAULT_TIMEOUT_S, "LSR_OS_TIMEOUT_S (timeout_s)"),
        _seconds(options.retry_s, DEFAULT_RETRY_S, "LSR_OS_RETRY_S (retry_s)"),
        tuple(_notes(parsed, credentials, tls)),
    )


def _from_url(parsed: ClusterUrl) -> ConnectionOptions:
    return ConnectionOptions(user=parsed.user or None, password=parsed.password)


def _with_engine(address: Address, credentials: Credentials) -> Address:
    """Amazon signs requests for OpenSearch only."""
    if credentials.kind != "aws":
        return address
    if address.engine == "elasticsearch":
        raise UsageError(
            "LSR_OS_AWS_REGION (aws_region) is for OpenSearch on AWS, but the URL says "
            "Elasticsearch.",
            "Write opensearch+https://, or leave LSR_OS_AWS_REGION out.",
        )
    return replace(address, engine="opensearch")


def _seconds(value: float | None, default: float, name: str) -> float:
    if value is None:
        return default
    if not math.isfinite(value) or not 0 < value <= _LONGEST_S:
        raise UsageError(f"{name} is {value}.", "Give a number of seconds, such as 30.")
    return float(value)


def _notes(parsed: ClusterUrl, credentials: Credentials, tls: Tls) -> list[str]:
    address = parsed.address
    notes = []
    if parsed.password is not None:
        notes.append(
            "The password stands in the URL, where the list of processes and the shell's history "
            "show it: better put it into LSR_OS_PASSWORD or LSR_OS_PASSWORD_FILE."
        )
    if address.scheme == "https" and tls.insecure:
        notes.append(
            "The cluster's certificate is not checked: whoever stands in between can read and "
            "change everything. LSR_OS_CA_CERTS or LSR_OS_CERT_FINGERPRINT make it safe."
        )
    elsewhere = not all(is_loopback(host.name) for host in address.hosts)
    if address.scheme == "http" and credentials.kind != "none" and elsewhere:
        notes.append(
            "The credentials go over http, where the network can read them: use https if the "
            "cluster has it."
        )
    return notes
