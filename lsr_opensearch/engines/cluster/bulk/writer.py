"""Bulk writing over a connection: what `BulkWriter` promises, and the loop that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

from lsr_opensearch.engines.cluster.bulk import pace
from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.chunks import Chunks
from lsr_opensearch.engines.cluster.bulk.lines import Chunk, Line
from lsr_opensearch.engines.cluster.bulk.outcomes import (
    FATAL,
    Outcome,
    later_revision,
    outcomes_of,
)
from lsr_opensearch.engines.cluster.bulk.patience import Patience
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.refusals import (
    fatal_error,
    rejection,
    tls_error,
    unreachable_error,
)
from lsr_opensearch.engines.cluster.bulk.sending import Flight, Sending
from lsr_opensearch.engines.cluster.connection.port import Connection, ConnectionFailure, Response
from lsr_opensearch.engines.cluster.connection.waiting import paused

OnResults = Callable[[Sequence[Result]], None]

_PARAMS = {
    # A missing alias is an error, not a reason to make an index without our mapping.
    "require_alias": "true",
    "filter_path": "error,status,items.*.status,items.*.error",
}
_DEFAULT = BulkPolicy()


class BulkWriter:
    """Writes to one alias. What it learns of the cluster's limits serves the next write, too.

    Args:
        connection: to the cluster.
        target: the alias; it must exist, and have one index to write to.
    """

    def __init__(
        self, connection: Connection, target: str, *, policy: BulkPolicy = _DEFAULT
    ) -> None:
        self._connection = connection
        self._target = target
        self._policy = policy
        self._pace = pace.full(policy)

    def write(self, changes: Iterable[Change], on_results: OnResults) -> None:
        """Send changes until each has its result.

        Changes are taken from ``changes`` when they are about to be sent. Requests that fail are
        sent again, which is harmless: the later revision of an id wins, whatever arrives last. Of
        two changes with the same id and revision, the one that comes last in ``changes`` wins.

        Args:
            on_results: is called from this thread, with each change at most once; when this
                returns, exactly once. What had no result when it raises, nobody knows.

        Raises:
            ClusterUnreachableError: nothing was acknowledged for longer than the policy allows.
            ClusterBlockedError: the index, or the whole cluster, takes no writes.
            ClusterIndexError: the alias or its index is missing, closed, or not the only one.
            ClusterSecurityError: the cluster does not allow it.
            ClusterRequestError: the cluster refuses bulk requests altogether.
        """
        write = _Write(self._connection, self._target, self._policy, self._pace, on_results)
        try:
            write.run(Chunks(changes))
        finally:
            self._pace = write.pace


class _Write:
    """One write. All decisions are made in the caller's thread."""

    def __init__(
        self,
        connection: Connection,
        target: str,
        policy: BulkPolicy,
        at_first: pace.Pace,
        on_results: OnResults,
    ) -> None:
        self.pace = at_first
        self._connection = connection
        self._target = target
        self._path = f"/{quote(target, safe='')}/_bulk"
        self._policy = policy
        self._patience = Patience(policy)
        self._on_results = on_results
        self._may_report = True

    def run(self, chunks: Chunks) -> None:
        sending = Sending(self._send)
        try:
            self._run(chunks, sending)
        except BaseException:
            self._wait_for_rest(chunks, sending)
            raise
        finally:
            sending.close()

    def _run(self, chunks: Chunks, sending: Sending) -> None:
        while True:
            pause_s = self._patience.pause_s
            may_send = not pause_s and sending.in_flight < int(self.pace.requests)
            chunk = chunks.take(self.pace.changes, self.pace.size) if may_send else None
            self._report(chunks.take_unsendable())
            if chunk is not None:
                sending.submit(chunk, self.pace.age)
            elif sending.in_flight:
                flight = sending.receive(pause_s or None)
                if flight is not None:
                    self._take(flight, chunks)
            elif pause_s:
                self._policy.sleep(pause_s)
            else:
                return

    def _send(self, body: bytes) -> Response:
        return self._connection.send(
            "POST", self._path, params=_PARAMS, body=body, timeout_s=self._policy.timeout_s
        )

    def _wait_for_rest(self, chunks: Chunks, sending: Sending) -> None:
        """Report what is acknowledged of what is in flight, and send nothing more."""
        while flight := sending.receive_rest():
            if isinstance(flight.outcome, Response):
                outcomes = outcomes_of(flight.outcome, _changes(flight.chunk))
                if isinstance(outcomes, list):
                    self._settle(flight.chunk, outcomes, chunks)

    def _take(self, flight: Flight, chunks: Chunks) -> None:
        """What to do about what came back."""
        if isinstance(flight.outcome, Response):
            outcomes = outcomes_of(flight.outcome, _changes(flight.chunk))
            asked_pause_s = _retry_after_s(flight.outcome)
            if isinstance(outcomes, list):
                self._items(flight, outcomes, asked_pause_s, chunks)
            else:
                self._whole(flight, outcomes, asked_pause_s, chunks)
        elif isinstance(flight.outcome, ConnectionFailure):
            if flight.outcome.kind == "tls":
                raise tls_error(flight.outcome, self._connection.url)
            reached = flight.outcome.kind != "unreachable"
            self._again(flight, flight.chunk.lines, str(flight.outcome), chunks, reached=reached)
        elif flight.outcome is not None:
            raise flight.outcome

    def _whole(
        self, flight: Flight, outcome: Outcome, asked_pause_s: float, chunks: Chunks
    ) -> None:
        """The request was refused as a whole."""
        chunk = flight.chunk
        if outcome.meaning in FATAL:
            raise fatal_error(outcome, self._connection.url, self._target)
        if outcome.meaning == "again":
            self._again(flight, chunk.lines, str(outcome), chunks, asked_pause_s=asked_pause_s)
        elif len(chunk) == 1:
            self._settle(chunk, [replace(outcome, meaning="rejected")], chunks)
        else:
            if outcome.status == 413:
                self.pace = pace.smaller(self.pace, chunk.size)
            chunks.split(chunk)

    def _items(
        self, flight: Flight, outcomes: list[Outcome], asked_pause_s: float, chunks: Chunks
    ) -> None:
        """The request was taken, its changes perhaps not."""
        self._settle(flight.chunk, outcomes, chunks)
        again: list[Line] = []
        last = ""
        for line, outcome in zip(flight.chunk.lines, outcomes, strict=True):
            if outcome.meaning in FATAL:
                raise fatal_error(outcome, self._connection.url, self._target)
            if outcome.meaning == "again":
                again.append(line)
                last = str(outcome)
        if again:
            self._again(flight, again, last, chunks, asked_pause_s=asked_pause_s)
        elif flight.age == self.pace.age:
            self.pace = pace.faster(self.pace, self._policy)

    def _again(
        self,
        flight: Flight,
        lines: Sequence[Line],
        reason: str,
        chunks: Chunks,
        *,
        asked_pause_s: float = 0.0,
        reached: bool = True,
    ) -> None:
        """Send these lines again, later and slower, or give up."""
        chunks.give_back(lines)
        is_news = flight.age == self.pace.age
        self._patience.failed(asked_pause_s, is_news=is_news)
        if self._patience.is_over:
            raise unreachable_error(
                reason, self._connection.url, self._patience.stuck_s, chunks.unsettled
            )
        if is_news:
            # A cluster that is not there is not overloaded.
            self.pace = (
                pace.slower(self.pace, len(flight.chunk), flight.chunk.size)
                if reached
                else pace.careful(self.pace)
            )
            paused(
                reason,
                self._patience.pause_s,
                self._policy.patience_s,
                is_first=self._patience.failures == 1,
            )

    def _settle(self, chunk: Chunk, outcomes: Sequence[Outcome], chunks: Chunks) -> None:
        results = []
        for line, outcome in zip(chunk.lines, outcomes, strict=True):
            if outcome.meaning == "acknowledged":
                results.append(Result(line.change, "acknowledged"))
            elif outcome.meaning == "superseded":
                later = later_revision(outcome)
                results.append(Result(line.change, "superseded", later=later))
            elif outcome.meaning == "rejected":
                results.append(Result(line.change, "rejected", rejection(outcome, line.size)))
        if results:
            self._patience.progressed()
            chunks.settle([result.change for result in results])
            self._report(results)

    def _report(self, results: Sequence[Result]) -> None:
        if results and self._may_report:
            # Who raises is not called again.
            self._may_report = False
            self._on_results(results)
            self._may_report = True


def _changes(chunk: Chunk) -> list[Change]:
    return [line.change for line in chunk.lines]


def _retry_after_s(response: Response) -> float:
    """What a Retry-After header asks for; 0 where there is none, or a date, which is rare."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
