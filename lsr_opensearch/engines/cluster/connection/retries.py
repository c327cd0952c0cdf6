"""When a request is worth another try, and when that has to end."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Collection

from tenacity import RetryCallState, Retrying, wait_random_exponential

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, Response
from lsr_opensearch.engines.cluster.connection.waiting import paused

Outcome = Response | ConnectionFailure

# A cluster that never answered is more likely not there than restarting.
FIRST_CONTACT_S = 5.0
_PASSING = frozenset({429, 502, 503, 504})
_WAIT = wait_random_exponential(multiplier=0.25, max=10)


class Retries:
    """Tries of one connection.

    Attributes:
        was_reached: whether any answer came so far.
    """

    def __init__(self, limit_s: float, hosts: int) -> None:
        self.was_reached = False
        self._limit_s = limit_s
        self._hosts = hosts
        self._closed = threading.Event()

    def until_settled(
        self,
        send: Callable[[], Response],
        accepted: Collection[int],
        limit_s: float | None = None,
    ) -> Outcome:
        """Send until the outcome is accepted, or will not become better, or time is up.

        Args:
            limit_s: when that is; the connection's own by default.
        """
        limit_s = self._limit_s if limit_s is None else limit_s
        begun = time.monotonic()
        outcome = self._outcome(send)
        if not _may_pass(outcome, accepted):
            return outcome
        pauses = itertools.count()

        def left_s() -> float:
            return self._patience_s(limit_s) - (time.monotonic() - begun)

        def log(retry_state: RetryCallState) -> None:
            pause_s = retry_state.upcoming_sleep
            if pause_s > 0:
                why = _said(_result(retry_state))
                paused(why, pause_s, self._patience_s(limit_s), is_first=next(pauses) == 0)

        retrying = Retrying(
            retry=lambda retry_state: _may_pass(_result(retry_state), accepted),
            stop=lambda _retry_state: self._closed.is_set() or left_s() <= 0,
            # The last try is when time is up, and not a pause later.
            wait=lambda retry_state: max(0.0, min(self._wait(retry_state), left_s())),
            sleep=self._sleep,
            before_sleep=log,
            retry_error_callback=_result,
        )
        outcomes = iter([outcome])
        return retrying(lambda: next(outcomes, None) or self._outcome(send))

    def stop(self) -> None:
        """Let waiting threads try once more, at once, and give up."""
        self._closed.set()

    def _outcome(self, send: Callable[[], Response]) -> Outcome:
        try:
            response = send()
        except ConnectionFailure as failure:
            return failure
        self.was_reached = True
        return response

    def _patience_s(self, limit_s: float) -> float:
        return limit_s if self.was_reached else min(limit_s, FIRST_CONTACT_S)

    def _wait(self, retry_state: RetryCallState) -> float:
        """No wait before another host is tried."""
        other_host = isinstance(_result(retry_state), ConnectionFailure) and (
            retry_state.attempt_number < self._hosts
        )
        return 0.0 if other_host else _WAIT(retry_state)

    def _sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)


def _may_pass(outcome: Outcome, accepted: Collection[int]) -> bool:
    if isinstance(outcome, ConnectionFailure):
        return outcome.kind != "tls"
    if outcome.status not in _PASSING or outcome.status in accepted:
        return False
    # A full disk answers 429, too, and stays full.
    return outcome.status != 429 or error_of(outcome.body).type != "cluster_block_exception"


def _result(retry_state: RetryCallState) -> Outcome:
    # Tenacity asks us only once there is one.
    outcome: Outcome = retry_state.outcome.result()  # type: ignore[union-attr]
    return outcome


def _said(outcome: Outcome) -> object:
    return outcome if isinstance(outcome, ConnectionFailure) else f"status {outcome.status}"
