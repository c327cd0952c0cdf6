"""Requests in flight: threads that do nothing but send and wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from lsr_opensearch.engines.cluster.bulk.lines import Chunk
from lsr_opensearch.engines.cluster.connection.port import Response


@dataclass(eq=False)
class Flight:
    """A chunk on its way, and what came back for it.

    Attributes:
        age: of the pace that the chunk was sent at.
        outcome: the answer, or what was raised in its place; valid once it is ``landed``.
    """

    chunk: Chunk
    age: int
    outcome: Response | BaseException | None = None
    landed: threading.Event = field(default_factory=threading.Event)


class Sending:
    """Sends chunks from threads of its own. Used from one thread.

    The threads are daemons: who interrupts a second time does not wait for an answer.
    """

    def __init__(self, send: Callable[[bytes], Response]) -> None:
        self._send = send
        self._to_send: SimpleQueue[Flight | None] = SimpleQueue()
        self._landed: SimpleQueue[Flight] = SimpleQueue()
        self._threads = 0
        # No counter: it would be wrong after an interruption at the wrong moment.
        self._in_flight: list[Flight] = []

    @property
    def in_flight(self) -> int:
        """Chunks that were sent and whose answers were not received."""
        return len(self._in_flight)

    def submit(self, chunk: Chunk, age: int) -> None:
        """Send a chunk, at once."""
        if self._threads <= len(self._in_flight):
            self._threads += 1
            threading.Thread(target=self._work, name="lsr-os-bulk", daemon=True).start()
        flight = Flight(chunk, age)
        self._to_send.put(flight)
        self._in_flight.append(flight)

    def receive(self, timeout_s: float | None = None) -> Flight | None:
        """The next one that lands; None when none does in time."""
        try:
            flight = self._landed.get(timeout=timeout_s)
        except Empty:
            return None
        self._in_flight.remove(flight)
        return flight

    def receive_rest(self) -> Flight | None:
        """One of those in flight, once it has landed; None when there are none."""
        if not self._in_flight:
            return None
        self._in_flight[0].landed.wait()
        return self._in_flight.pop(0)

    def close(self) -> None:
        """Let the threads end, each after the request that it is waiting for."""
        for _ in range(self._threads):
            self._to_send.put(None)

    def _work(self) -> None:
        while (flight := self._to_send.get()) is not None:
            try:
                flight.outcome = self._send(flight.chunk.body())
            except BaseException as error:
                # Raised again by who waits for it.
                flight.outcome = error
            flight.landed.set()
            self._landed.put(flight)
