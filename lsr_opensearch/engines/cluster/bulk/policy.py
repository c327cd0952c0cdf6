"""How a bulk write goes about it: sizes, patience, and whose clock is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import wait_random_exponential
from tenacity.wait import wait_base

# Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
_WAIT = wait_random_exponential(multiplier=0.5, max=15)


@dataclass(frozen=True)
class BulkPolicy:
    """The most that is in memory at once is ``requests * bytes_per_request``, and one document.

    Attributes:
        changes_per_request: at most.
        bytes_per_request: at most; a single change that is larger goes alone.
        requests: in flight at once, at most. An overloaded cluster gets fewer and smaller ones.
        timeout_s: for one answer; the connection's own by default.
        wait: before the next request, by the number of requests that failed in a row.
        patience_s: for how long nothing may be acknowledged before it is given up.
        clock: seconds, monotonic.
        sleep: waits for so many seconds.
    """

    changes_per_request: int = 1000
    bytes_per_request: int = 8 << 20
    requests: int = 3
    timeout_s: float | None = None
    wait: wait_base = _WAIT
    patience_s: float = 300.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
