"""Fixtures of the connection's tests: certificates, and connections that are closed again."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection

ENGINES = ("opensearch", "elasticsearch")


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody knows, with its certificate in a file."""

    ca: trustme.CA
    file: Path

    def server_context(self, *names: str, **options: Any) -> ssl.SSLContext:
        """What a server of these names presents: its own certificate, and the authority's."""
        issued = self.ca.issue_cert(*names, **options)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority of the test's servers."""
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, file)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine's client in turn."""
    return str(request.param)


@pytest.fixture
def connect() -> Iterator[Callable[..., ClusterConnection]]:
    """Opens connections without this process's environment, and closes them after the test."""
    opened: list[ClusterConnection] = []

    def connected(url: str, **options: Any) -> ClusterConnection:
        environ = options.pop("environ", {})
        connection = open_connection(url, ConnectionOptions(**options), environ)
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        connection.close()
