"""When to send again after a failure, and when to give up."""

from __future__ import annotations

from tenacity import RetryCallState, Retrying

from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy

# A cluster that asks for a longer pause is asked again all the same.
_LONGEST_PAUSE_S = 60.0


class Patience:
    """Counts the failures in a row, and the time for which nothing got through."""

    def __init__(self, policy: BulkPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._stuck_since: float | None = None
        self._resume_at = policy.clock()

    @property
    def pause_s(self) -> float:
        """For how long nothing should be sent."""
        return max(0.0, self._resume_at - self._policy.clock())

    @property
    def stuck_s(self) -> float:
        """For how long nothing got through although it was tried."""
        now = self._policy.clock()
        return 0.0 if self._stuck_since is None else now - self._stuck_since

    @property
    def is_over(self) -> bool:
        """Whether to give up."""
        return self._stuck_since is not None and self.stuck_s >= self._policy.patience_s

    @property
    def failures(self) -> int:
        """How many requests failed in a row."""
        return self._failures

    def progressed(self) -> None:
        """Something was settled."""
        self._failures = 0
        self._stuck_since = None

    def failed(self, asked_pause_s: float = 0.0, *, is_news: bool = True) -> None:
        """A request, or a part of one, has to be sent again.

        Args:
            asked_pause_s: what the cluster asks for (Retry-After).
            is_news: whether the pause has to grow for it; not for the others that were in flight
                when the first one failed.
        """
        now = self._policy.clock()
        if self._stuck_since is None:
            self._stuck_since = now
        if is_news:
            self._failures += 1
            pause_s = self._policy.wait(self._state())
            self._resume_at = max(self._resume_at, now + pause_s)
        asked_pause_s = min(asked_pause_s, _LONGEST_PAUSE_S)
        self._resume_at = max(self._resume_at, now + asked_pause_s)

    def _state(self) -> RetryCallState:
        """What tenacity's strategies look at."""
        state = RetryCallState(Retrying(), None, (), {})
        state.attempt_number = max(1, self._failures)
        state.outcome_timestamp = self._policy.clock()
        state.start_time = state.outcome_timestamp - self.stuck_s
        return state
