"""From a stream of changes to the chunks of single requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.lines import Chunk, Line, line_of


class Chunks:
    """Takes changes only when they are about to be sent, those that failed first.

    A change waits while an earlier one of its id is not settled: of equal revisions the one that
    arrives last would win, and a request that is sent again arrives later.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._source = iter(changes)
        self._next: Line | None = None
        self._halves: deque[Chunk] = deque()
        self._failed: deque[Line] = deque()
        self._unsettled: set[str] = set()
        self._unsendable: list[Result] = []

    @property
    def unsettled(self) -> int:
        """How many changes were taken and are not settled."""
        return len(self._unsettled)

    def take(self, most: int, most_bytes: int) -> Chunk | None:
        """What to send now; None when there is nothing, or not before something is settled."""
        if self._halves:
            return self._halves.popleft()
        lines: list[Line] = []
        size = 0
        while len(lines) < most:
            line = self._peek()
            if line is None or (lines and size + line.size > most_bytes):
                break
            self._pop()
            lines.append(line)
            size += line.size
        return Chunk(lines) if lines else None

    def take_unsendable(self) -> list[Result]:
        """Changes that cannot even be sent; each is given once."""
        results, self._unsendable = self._unsendable, []
        return results

    def settle(self, changes: Iterable[Change]) -> None:
        """These are done: others of their ids may be sent."""
        self._unsettled.difference_update(change.id for change in changes)

    def give_back(self, lines: Sequence[Line]) -> None:
        """These have to be sent again, before anything else."""
        self._failed.extendleft(reversed(lines))

    def split(self, chunk: Chunk) -> None:
        """Send this in halves, to find what is wrong with it."""
        self._halves.extend(chunk.halves())

    def _peek(self) -> Line | None:
        if self._failed:
            return self._failed[0]
        if self._next is None:
            self._next = self._read()
        if self._next is None or self._next.change.id in self._unsettled:
            return None
        return self._next

    def _pop(self) -> None:
        if self._failed:
            self._failed.popleft()
        elif self._next is not None:
            self._unsettled.add(self._next.change.id)
            self._next = None

    def _read(self) -> Line | None:
        for change in self._source:
            try:
                return line_of(change)
            except ValueError as error:
                reason = f"It cannot be sent: {error}. Give it another id or revision."
                self._unsendable.append(Result(change, "rejected", reason))
        return None
