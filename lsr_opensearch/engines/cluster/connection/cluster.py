"""The connection that the cluster engine works with: retries and errors over either client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.connection.detection import (
    VERSION_REQUESTS,
    engine_of,
    not_a_cluster,
    version_of,
)
from lsr_opensearch.engines.cluster.connection.hiding import hidden_in_answer, hidden_in_failure
from lsr_opensearch.engines.cluster.connection.json_texts import encoded
from lsr_opensearch.engines.cluster.connection.outages import outage
from lsr_opensearch.engines.cluster.connection.port import (
    ConnectionFailure,
    Engine,
    Method,
    Response,
    ServerInfo,
)
from lsr_opensearch.engines.cluster.connection.refusals import Asked, refusal
from lsr_opensearch.engines.cluster.connection.retries import Retries
from lsr_opensearch.engines.cluster.connection.target import Target
from lsr_opensearch.errors import UsageError

_NAMES: dict[Engine, str] = {"opensearch": "OpenSearch", "elasticsearch": "Elasticsearch"}
# Whoever may not ask this may still be told who refuses it.
_TELLING = frozenset(range(300, 500)) - {401, 407, 429}


class Exchange(Protocol):
    """One request, one answer, over some client."""

    @property
    def url(self) -> str:
        """Of the first host, without secrets."""

    @property
    def hosts(self) -> int:
        """How many hosts there are to try."""

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
        """

    def close(self) -> None:
        """Release what was opened by us."""


class ClusterConnection:
    """A cluster that can be asked; see `port.Connection`.

    Attributes:
        target: whom requests go to, and how, for messages.
        notes: what the user should be warned of, a sentence each.
    """

    def __init__(
        self,
        exchange: Exchange,
        target: Target,
        retry_s: float,
        *,
        expected: Engine | None = None,
        server: ServerInfo | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.notes = notes
        self._exchange = exchange
        self.target = target
        self._retries = Retries(retry_s, exchange.hosts)
        self._expected = expected
        self._server = server
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    @property
    def url(self) -> str:
        """Where the cluster is, without secrets; the first of several hosts."""
        return self.target.url

    @property
    def server(self) -> ServerInfo:
        """Which engine and version; asked for when it is first needed.

        Raises:
            UsageError: it is not the engine that the URL or the client is for.
            ClusterError: nothing answers, or nothing that is a cluster.
        """
        with self._lock:
            if self._server is None:
                self._server = self._detected()
            return self._server

    def send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        timeout_s: float | None = None,
    ) -> Response:
        """One request, one try; an answer of any status is returned; see `port.Connection`.

        Raises:
            ConnectionFailure: no answer came.
        """
        if body is None or isinstance(body, bytes):
            data, content_type = body, "application/x-ndjson" if body else "application/json"
        else:
            data, content_type = encoded(body), "application/json"
        secrets = self.target.secrets
        try:
            response = self._exchange.send(method, path, params, data, content_type, timeout_s)
        except ConnectionFailure as failure:
            raise hidden_in_failure(failure, secrets) from None
        self._retries.was_reached = True
        return hidden_in_answer(response, secrets)

    def ask(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        timeout_s: float | None = None,
        allowed: Collection[int] = (),
        retry_s: float | None = None,
    ) -> Response:
        """A request that may safely be repeated, until it is answered; see `port.Connection`.

        Raises:
            ClusterError: one of its subclasses, saying what happened and what to do about it.
        """

        def send() -> Response:
            response = self.send(method, path, params=params, body=body, timeout_s=timeout_s)
            if response.ok and method != "HEAD" and isinstance(response.body, str):
                # A gateway's page, or an answer that lost its beginning.
                raise ConnectionFailure("reset", "the answer is not JSON")
            return response

        return self._settled(send, Asked(method, path), allowed, retry_s)

    def _settled(
        self,
        send: Callable[[], Response],
        asked: Asked,
        allowed: Collection[int],
        retry_s: float | None = None,
    ) -> Response:
        outcome = self._retries.until_settled(send, allowed, retry_s)
        if isinstance(outcome, ConnectionFailure):
            raise outage(self.target, outcome, was_reached=self._retries.was_reached) from None
        if outcome.ok or outcome.status in allowed:
            return outcome
        raise refusal(self.target, asked, outcome)

    def close(self) -> None:
        """Release the connections; closing twice is fine. A caller's own client stays open."""
        self._retries.stop()
        self._exchange.close()

    def _detected(self) -> ServerInfo:
        first = self._any_answer("/", None)
        engine, version = engine_of(first), version_of(first)
        for path, params in VERSION_REQUESTS:
            if engine and version:
                break
            answer = self._any_answer(path, params)
            engine, version = engine or engine_of(answer), version or version_of(answer)
        if engine is None:
            said = error_of(first.body).reason or first.headers.get("location", "")
            raise not_a_cluster(self.url, first, said)
        if self._expected not in (None, engine):
            raise self._unexpected(engine)
        return ServerInfo(engine, version)

    def _any_answer(self, path: str, params: Mapping[str, str] | None) -> Response:
        """An answer of whatever it is: a web server's page, too, is to be told by its name."""
        return self._settled(
            lambda: self.send("GET", path, params=params), Asked("GET", path), _TELLING
        )

    def _unexpected(self, engine: Engine) -> UsageError:
        if self.target.is_callers:
            return UsageError(
                f"{_NAMES[engine]} answers at {self.url}, but the client is for the other engine.",
                "Pass a client of opensearch-py."
                if engine == "opensearch"
                else "Pass a client of elasticsearch-py.",
            )
        return UsageError(
            f"The URL is for the other engine: {_NAMES[engine]} answers at {self.url}.",
            f"Write {engine}+{self.url}",
        )
