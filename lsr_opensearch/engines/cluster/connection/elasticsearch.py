"""Requests over an elasticsearch-py client, ours or a caller's."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

from elastic_transport import (
    ApiError,
    HttpHeaders,
    JsonSerializer,
    NodeConfig,
    Transport,
    TransportApiResponse,
    TransportError,
    Urllib3HttpNode,
)
from elasticsearch import Elasticsearch

from lsr_opensearch.engines.cluster.connection.causes import failure_of
from lsr_opensearch.engines.cluster.connection.destination import Destination
from lsr_opensearch.engines.cluster.connection.json_texts import decoded
from lsr_opensearch.engines.cluster.connection.pools import pools_to
from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.connection.warnings_of_servers import log_warning

_ANY_STATUS = range(100, 600)
_MEDIA_TYPE_HEADERS = ("accept", "content-type")


class ElasticsearchExchange:
    """One request, one answer, over an elasticsearch-py client."""

    def __init__(self, client: Elasticsearch, *, owned: bool = False) -> None:
        self._client = client
        self._owned = owned
        self._lock = threading.Lock()
        self._clients: dict[float | None, Elasticsearch] = {}

    @property
    def url(self) -> str:
        return self._client.transport.node_pool.all()[0].base_url

    @property
    def hosts(self) -> int:
        return len(self._client.transport.node_pool)

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
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = content_type
        client = self._clients.get(timeout_s) or self._with_timeout(timeout_s)
        try:
            answer: Any = client.perform_request(
                method, path, params=params, headers=headers, body=body
            )
        except ApiError as error:  # no Elasticsearch, as far as the client can tell
            answer = error
        except TransportError as error:
            raise failure_of(error) from None
        return Response(
            answer.meta.status,
            "" if method == "HEAD" or answer.body is None else answer.body,
            {name.lower(): value for name, value in answer.meta.headers.items()},
        )

    def close(self) -> None:
        """Close our own client; a caller's stays open."""
        if self._owned:
            self._client.close()

    def _with_timeout(self, timeout_s: float | None) -> Elasticsearch:
        """The client, told to try once and to hand out whatever comes."""
        options: dict[str, Any] = {} if timeout_s is None else {"request_timeout": timeout_s}
        with self._lock:
            return self._clients.setdefault(
                timeout_s,
                self._client.options(
                    ignore_status=_ANY_STATUS,
                    max_retries=0,
                    retry_on_status=(),
                    retry_on_timeout=False,
                    **options,
                ),
            )


def elasticsearch_client(destination: Destination) -> Elasticsearch:
    """A client that leaves trying again to us, and speaks to servers of any version.

    Raises:
        UsageError: a certificate that cannot be read.
    """
    address, credentials = destination.address, destination.credentials
    pools = {address.url_of(host): pool for host, pool in pools_to(destination).items()}

    class PooledNode(Urllib3HttpNode):
        """A node over our own pool."""

        def __init__(self, config: NodeConfig) -> None:
            # Past the constructor that would make a pool of its own, with a TLS context.
            super(Urllib3HttpNode, self).__init__(config)
            self.pool = cast(Any, pools[self.base_url])

    headers = {"authorization": credentials.authorization} if credentials.authorization else {}
    return Elasticsearch(
        [
            NodeConfig(address.scheme, host.name, host.port, address.prefix)
            for host in address.hosts
        ],
        headers=headers,
        node_class=PooledNode,
        transport_class=PlainMediaTypes,
        serializers={
            "application/json": _Json(),
            "application/x-ndjson": _Bytes(),
        },
        max_retries=0,
        request_timeout=destination.timeout_s,
    )


class PlainMediaTypes(Transport):
    """Sends ``application/json`` where elasticsearch-py names its own major version: a server of
    another major version refuses that."""

    def perform_request(
        self, method: str, target: str, *, headers: Any = None, **options: Any
    ) -> TransportApiResponse:
        """The same as `Transport.perform_request`, whose options differ between versions."""
        sent = HttpHeaders(headers if isinstance(headers, Mapping) else None)
        for name in _MEDIA_TYPE_HEADERS:
            if value := sent.get(name):
                sent[name] = plain_media_type(value)
        answer = super().perform_request(method, target, headers=sent, **options)
        if "warning" in answer.meta.headers:
            log_warning(answer.meta.headers["warning"])
            del answer.meta.headers["warning"]
        return answer


def plain_media_type(value: str) -> str:
    """``application/json`` for ``application/vnd.elasticsearch+json; compatible-with=9``."""
    kind, _, subtype = value.partition(";")[0].partition("vnd.elasticsearch+")
    return f"{kind}{subtype}" if subtype else value


class _Json(JsonSerializer):
    """JSON where it is JSON, and text where something on the way only says so."""

    def loads(self, data: bytes) -> Any:
        return decoded(data)


class _Bytes(JsonSerializer):
    """Bulk bodies as they are, without a copy."""

    mimetype = "application/x-ndjson"

    def dumps(self, data: Any) -> bytes:
        return cast(bytes, data)
