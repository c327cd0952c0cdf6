"""Requests over an opensearch-py client, ours or a caller's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.connection import Urllib3HttpConnection
from opensearchpy.exceptions import TransportError

from lsr_opensearch.engines.cluster.connection.addresses import Host
from lsr_opensearch.engines.cluster.connection.causes import failure_of
from lsr_opensearch.engines.cluster.connection.destination import Destination
from lsr_opensearch.engines.cluster.connection.json_texts import decoded
from lsr_opensearch.engines.cluster.connection.pools import Pool, pools_to
from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.connection.warnings_of_servers import log_warning

_ANY_STATUS = range(100, 600)
# Another host may answer when one of these comes from the first.
_HOST_FAULTS = frozenset({502, 503, 504})
# A host that failed is left alone for so long, doubled each time.
_DEAD_TIMEOUT_S = 5


class OpenSearchExchange:
    """One request, one answer, over an opensearch-py client.

    Requests go through the connections that the client has, with its credentials and headers, and
    not through its transport, which keeps status and headers to itself and tries again.
    """

    def __init__(self, client: OpenSearch, *, owned: bool = False) -> None:
        self._transport: Any = client.transport
        self._owned = owned

    @property
    def url(self) -> str:
        connection = self._transport.connection_pool.connection_opts[0][0]
        return f"{connection.host}{connection.url_prefix}"

    @property
    def hosts(self) -> int:
        return len(self._transport.connection_pool.connection_opts)

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        content_type: str,
        timeout_s: float | None,
    ) -> Response:
        """One request, one try.

        Raises:
            ConnectionFailure: no answer came.
            LsrError: nothing was sent, for want of credentials or a certificate.
        """
        connection = None
        try:
            connection = self._transport.get_connection()
            status, headers, text = connection.perform_request(
                method,
                path,
                params=params,
                body=body,
                timeout=timeout_s,
                ignore=_ANY_STATUS,
                headers={"content-type": content_type},
            )
        except TransportError as error:
            if connection is not None:
                self._mark_dead(connection)
            raise failure_of(error) from None
        if status in _HOST_FAULTS:
            self._mark_dead(connection)
        else:
            self._transport.connection_pool.mark_live(connection)
        lowered = {name.lower(): value for name, value in headers.items()}
        is_json = bool(text) and "json" in lowered.get("content-type", "")
        return Response(status, decoded(text) if is_json else text, lowered)

    def close(self) -> None:
        """Close our own client; a caller's stays open."""
        if self._owned:
            self._transport.close()

    def _mark_dead(self, connection: Any) -> None:
        with suppress(TransportError):  # a client that looks for new nodes now may not find any
            self._transport.mark_dead(connection)


def opensearch_client(destination: Destination) -> OpenSearch:
    """A client that leaves trying again to us.

    Raises:
        MissingExtraError: requests are to be signed for Amazon, and boto3 is not installed.
        UsageError: a certificate that cannot be read.
    """
    address, credentials = destination.address, destination.credentials
    headers = {"authorization": credentials.authorization} if credentials.authorization else {}
    return OpenSearch(
        hosts=[
            {
                "host": host.name,
                "port": host.port,
                "scheme": address.scheme,
                "url_prefix": address.prefix,
                "pool": pool,
            }
            for host, pool in pools_to(destination).items()
        ],
        connection_class=_PooledConnection,
        headers=headers,
        http_auth=_signer(destination),
        max_retries=0,
        dead_timeout=_DEAD_TIMEOUT_S,
        timeout=destination.timeout_s,
    )


class _PooledConnection(Urllib3HttpConnection):
    """A connection over our own pool, which prints no warnings."""

    def __init__(self, *, pool: Pool, scheme: str = "http", **options: Any) -> None:
        self._own_pool = pool
        super().__init__(**options)
        self.pool = pool
        self.scheme = scheme
        self.use_ssl = scheme == "https"
        self.host = f"{scheme}://{Host(self.hostname, self.port)}"

    def _create_urllib3_pool(self) -> None:
        """Newer versions make their pool here, and once more when they were closed."""
        self.pool: Any = self._own_pool

    def _raise_warnings(self, warning_headers: Any) -> None:
        for header in warning_headers or ():
            log_warning(header)


def _signer(destination: Destination) -> Any:
    credentials = destination.credentials
    if credentials.kind != "aws":
        return None
    from lsr_opensearch.engines.cluster.connection.signing import signer

    return signer(credentials.aws_region, credentials.aws_service)
