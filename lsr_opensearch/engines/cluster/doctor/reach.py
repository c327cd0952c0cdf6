"""How the cluster is reached, and what answers."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.engines.cluster.connection.credentials import Credentials, CredentialsKind
from lsr_opensearch.engines.cluster.connection.port import Engine
from lsr_opensearch.engines.cluster.connection.target import Target
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding

_OLDEST: dict[Engine, tuple[int, int, int]] = {
    "opensearch": (2, 12, 0),
    "elasticsearch": (7, 17, 0),
}
_NAMES: dict[Engine, str] = {"opensearch": "OpenSearch", "elasticsearch": "Elasticsearch"}
_CREDENTIALS: dict[CredentialsKind, str] = {
    "none": "without credentials",
    "basic": "as the user {user}",
    "api_key": "with an API key",
    "bearer": "with a bearer token",
    "aws": "signed for AWS ({region})",
    "client": "through the caller's client",
}


def reach(examined: Examined) -> Iterator[Finding]:
    """Does it answer, over what, and is it an engine and a version that this library is for?"""
    connection = examined.connection
    engine, found = connection.server.engine, connection.server.version
    yield Finding("connection", "ok", f"{connection.url}: {manner(connection.target)}")
    for sentence in connection.notes:
        yield Finding("connection", "note", sentence)
    yield version(engine, found)


def version(engine: Engine, found: tuple[int, int, int] | None) -> Finding:
    """Is the engine's version one that is supported?"""
    oldest = ".".join(map(str, _OLDEST[engine][:2]))
    if found is None:
        return Finding(
            "version",
            "note",
            f"{_NAMES[engine]}; this user may not know which version.",
            f"It must be {oldest} or newer.",
        )
    said = f"{_NAMES[engine]} {'.'.join(map(str, found))}"
    if found < _OLDEST[engine]:
        return Finding(
            "version", "problem", f"{said} is too old.", f"Upgrade it to {oldest} or newer."
        )
    return Finding("version", "ok", said)


def manner(target: Target) -> str:
    """How requests go: TLS, credentials, proxy."""
    ways = [_tls(target), _said(target.credentials)]
    if target.proxy:
        ways.append(f"through the proxy {target.proxy}")
    return ", ".join(ways)


def _tls(target: Target) -> str:
    tls = target.tls
    if not target.url.startswith("https://"):
        return "no TLS"
    if target.is_callers:
        return "TLS as the caller's client has it"
    if tls.insecure:
        return "TLS, certificate not checked"
    if tls.fingerprint:
        return "TLS, certificate known by its fingerprint"
    if tls.ca_certs:
        return f"TLS, certificate checked by {tls.ca_certs}"
    return "TLS, certificate checked by this machine's authorities"


def _said(credentials: Credentials) -> str:
    said = _CREDENTIALS[credentials.kind]
    return said.format(user=credentials.user, region=credentials.aws_region)
