"""What went wrong when no answer came, out of either client's exceptions."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, FailureKind
from lsr_opensearch.errors import LsrError

# First match along the chain wins; subclasses come before their bases.
_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (ProxyError, "unreachable"),
    (ConnectTimeoutError, "unreachable"),
    (NewConnectionError, "unreachable"),
    (ReadTimeoutError, "timeout"),
    (ssl.SSLEOFError, "reset"),
    (ssl.SSLZeroReturnError, "reset"),
    (ssl.SSLError, "tls"),
    (SSLError, "tls"),
    (ProtocolError, "reset"),
    (ConnectionRefusedError, "unreachable"),
    (ConnectionError, "reset"),
    (TimeoutError, "timeout"),
)


def failure_of(error: BaseException) -> ConnectionFailure | LsrError:
    """What a client's exception means, whatever it is wrapped in: our own errors are themselves.

    What is not recognised counts as broken off: it is not known whether the request arrived.
    """
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, LsrError):
            return cause
    for kind_class, kind in _KINDS:
        for cause in chain:
            if isinstance(cause, kind_class):
                return ConnectionFailure(kind, _detail(chain))
    return ConnectionFailure("reset", _detail(chain))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised for, outermost first, each once."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        cause = queue.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (
            getattr(cause, "info", None),  # opensearch-py
            *(getattr(cause, "errors", None) or ()),  # elastic-transport
            getattr(cause, "original_error", None),  # urllib3's ProxyError
            getattr(cause, "reason", None),  # urllib3's MaxRetryError
            *cause.args,
            cause.__cause__,
            cause.__context__,
        )
        queue.extend(each for each in inner if isinstance(each, BaseException))


def _detail(chain: list[BaseException]) -> str:
    """What the innermost cause says, on one line."""
    texts = [_text(cause) for cause in reversed(chain)]
    return next((text for text in texts if text), type(chain[0]).__name__)


def _text(cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    if isinstance(cause, (HTTPError, OSError)) or not isinstance(cause, Exception):
        # urllib3 begins with the connection object.
        return " ".join(str(cause).rpartition(">: ")[2].split())
    return ""
