"""What the rest of the cluster engine needs of a connection: requests in, answers out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.target import Target

Engine = Literal["opensearch", "elasticsearch"]
Method = Literal["GET", "HEAD", "POST", "PUT", "DELETE"]
# What went wrong before any answer came: nobody listens; no answer in time; the connection broke
# off; the certificate or the handshake was refused.
FailureKind = Literal["unreachable", "timeout", "reset", "tls"]


@dataclass(frozen=True)
class Response:
    """An answer, of whatever status.

    Attributes:
        status: HTTP status.
        body: decoded JSON, or the text of an answer that is none (proxies, some refusals).
        headers: names in lower case.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class ConnectionFailure(Exception):  # noqa: N818 - not an error of the library: never shown as it is
    """No answer came. Whether the cluster has carried out the request is not known.

    Never shown to users as it is: `Connection.ask` translates it.
    """

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class ServerInfo:
    """Which engine answers, found without ``GET /``.

    Attributes:
        version: such as ``(3, 6, 0)``; None where the user may not know.
    """

    engine: Engine
    version: tuple[int, int, int] | None


class Connection(Protocol):
    """A cluster that can be asked. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """Where the cluster is, without secrets; the first of several hosts."""

    @property
    def target(self) -> Target:
        """Whom requests go to, and how, for messages."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be warned of, a sentence each."""

    @property
    def server(self) -> ServerInfo:
        """Which engine and version; asked for when it is first needed."""

    def send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        timeout_s: float | None = None,
    ) -> Response:
        """One request, one try; an answer of any status is returned.

        Args:
            path: quoted, with a leading slash.
            body: a JSON object, or bytes: newline-delimited JSON, sent as it is.
            timeout_s: for the answer; the connection's own by default.

        Raises:
            ConnectionFailure: no answer came.
        """

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
        """A request that may safely be repeated: tried again while the cluster is overloaded,
        restarting or out of reach; an answer that is neither 2xx nor ``allowed`` raises.

        Args:
            retry_s: for how long it is tried again; the connection's own by default.

        Raises:
            ClusterError: one of its subclasses, saying what happened and what to do about it.
        """

    def close(self) -> None:
        """Release the connections; closing twice is fine."""
