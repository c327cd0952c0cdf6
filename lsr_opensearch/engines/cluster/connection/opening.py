"""Connections from a URL, or over a client that a caller has already."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from typing import Any

from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection, Exchange
from lsr_opensearch.engines.cluster.connection.destination import (
    DEFAULT_RETRY_S,
    Destination,
    settle,
)
from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.engines.cluster.connection.port import Engine, ServerInfo
from lsr_opensearch.engines.cluster.connection.target import callers_target, target_of
from lsr_opensearch.errors import UsageError

_OPENSEARCH_PY = ("opensearchpy",)
# The last two are for apps that use two versions side by side.
_ELASTICSEARCH_PY = ("elasticsearch", "elasticsearch8", "elasticsearch9")


def open_connection(
    url: str,
    options: ConnectionOptions | None = None,
    environ: Mapping[str, str] | None = None,
) -> ClusterConnection:
    """A connection to the cluster at ``url``.

    A cluster whose engine the URL does not name is asked at once; otherwise nothing is sent yet.

    Args:
        url: see `addresses.parse_url`; empty with a Cloud ID.
        options: what they leave out is taken from the environment.
        environ: the process's own by default.

    Raises:
        UsageError: something cannot be read, or contradicts something else.
        MissingExtraError: requests are to be signed for Amazon, and boto3 is not installed.
        ClusterError: the cluster was asked which engine it is, and gave no good answer.
    """
    destination = settle(
        url, options or ConnectionOptions(), os.environ if environ is None else environ
    )
    engine = destination.address.engine
    if engine == "elasticsearch":
        return _connection(destination, "elasticsearch")
    # OpenSearch Serverless has neither GET / nor anything else that tells a version.
    server = (
        ServerInfo("opensearch", None) if destination.credentials.aws_service == "aoss" else None
    )
    connection = _connection(destination, "opensearch", server)
    if engine is None and connection.server.engine == "elasticsearch":
        server = connection.server
        connection.close()
        return _connection(destination, "elasticsearch", server)
    return connection


def connection_for(client: Any, *, retry_s: float = DEFAULT_RETRY_S) -> ClusterConnection:
    """A connection over a caller's client, with the client's own hosts, credentials and settings.

    Closing the connection leaves the client open.

    Args:
        client: an ``OpenSearch`` of opensearch-py, or an ``Elasticsearch`` of elasticsearch-py 8
            or 9.
        retry_s: for how long a request that may be repeated is tried again.

    Raises:
        UsageError: it is neither.
    """
    exchange: Exchange
    expected: Engine | None = None
    if _is(client, _OPENSEARCH_PY, "OpenSearch"):
        from lsr_opensearch.engines.cluster.connection.opensearch import OpenSearchExchange

        exchange = OpenSearchExchange(client)
    elif _is(client, _ELASTICSEARCH_PY, "Elasticsearch") and hasattr(client, "options"):
        from lsr_opensearch.engines.cluster.connection.elasticsearch import ElasticsearchExchange

        exchange, expected = ElasticsearchExchange(client), "elasticsearch"
    else:
        kind = f"{type(client).__module__.partition('.')[0]}.{type(client).__name__}"
        raise UsageError(
            f"A client of the type {kind} cannot be used.",
            "Pass an OpenSearch of opensearch-py, or an Elasticsearch of elasticsearch-py 8 or 9; "
            "asynchronous clients cannot be used.",
        )
    return ClusterConnection(exchange, callers_target(exchange.url), retry_s, expected=expected)


def _connection(
    destination: Destination, engine: Engine, server: ServerInfo | None = None
) -> ClusterConnection:
    _keep_quiet()
    exchange: Exchange
    if engine == "opensearch":
        from lsr_opensearch.engines.cluster.connection.opensearch import (
            OpenSearchExchange,
            opensearch_client,
        )

        exchange = OpenSearchExchange(opensearch_client(destination), owned=True)
    else:
        from lsr_opensearch.engines.cluster.connection.elasticsearch import (
            ElasticsearchExchange,
            elasticsearch_client,
        )

        exchange = ElasticsearchExchange(elasticsearch_client(destination), owned=True)
    return ClusterConnection(
        exchange,
        target_of(destination),
        destination.retry_s,
        expected=destination.address.engine,
        server=server,
        notes=destination.notes,
    )


def _keep_quiet() -> None:
    """The clients warn of every host that does not answer; Python prints warnings that nobody
    handles. Whoever has set up logging still gets them."""
    for name in ("opensearch", "elastic_transport"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _is(client: Any, packages: Collection[str], name: str) -> bool:
    """Whether a client is of a class, found without importing its package."""
    return any(
        each.__name__ == name and each.__module__.partition(".")[0] in packages
        for each in type(client).__mro__
    )
