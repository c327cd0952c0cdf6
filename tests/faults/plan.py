"""Which fault befalls which request."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "none",
    # The connection breaks off, and nothing was done.
    "drop_before",
    # It is done, and the connection breaks off in place of an answer.
    "drop_after",
    # It is done after `delay_s`, and answered then; who waits less long has gone.
    "slow",
    # It is done, and the answer breaks off in the middle.
    "truncated",
    # It is done, and answered by a 200 that is not JSON.
    "garbage",
    # It is done, and answered by a 200 that is JSON, but of something else.
    "wrong_shape",
    # It is done, and the answer to a bulk request lacks its last item.
    "fewer_items",
    # Nothing is done; the whole request gets this status, with a body as clusters give it.
    "overloaded",  # 429
    "unavailable",  # 503
    "recovering",  # 503, cluster_block_exception: no master, state not recovered
    "bad_gateway",  # 502, a web page, as a proxy gives it
    "broken",  # 500
    "unauthorized",  # 401, plain text
    "forbidden",  # 403
    # Of a bulk request every `every`-th change gets this status and is not done; the rest is.
    "items_overloaded",  # 429
    "items_unavailable",  # 503
    "items_rejected",  # 400, for what the document says: deletions are spared
]


@dataclass(frozen=True)
class Fault:
    """One request's fault.

    Attributes:
        delay_s: before anything is done or answered; makes any fault ``slow``, too.
        every: for ``items_...``: 1 is all of them, 2 every second, beginning with the first.
        retry_after_s: sent as a Retry-After header with ``overloaded`` and ``unavailable``.
    """

    kind: FaultKind
    delay_s: float = 0.0
    every: int = 1
    retry_after_s: int | None = None


NONE = Fault("none")


class Plan:
    """Faults in the order of the requests that they befall. Safe to use from several threads.

    Args:
        only: requests whose path ends so are counted, and others are spared; all by default.
    """

    def __init__(self, only: str = "") -> None:
        self.only = only
        self._lock = threading.Lock()
        self._script: list[Fault] = []
        self._then = NONE

    def set(self, script: Iterable[Fault], then: Fault = NONE) -> None:
        """From now on: these, one a request, and ``then`` for all that follow."""
        with self._lock:
            self._script, self._then = list(script), then

    def clear(self) -> None:
        """No more faults."""
        self.set(())

    def next(self, path: str) -> Fault:
        """The fault for a request to ``path`` that has just arrived."""
        if not path.endswith(self.only):
            return NONE
        with self._lock:
            return self._script.pop(0) if self._script else self._then
