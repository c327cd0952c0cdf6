"""A TCP proxy whose connections can be delayed, cut, reset or left hanging while they run.

with proxying(9200) as proxy:
    proxy.behave(delay_s=5)      # answers come late
    proxy.behave(reset_after=1)  # RST after the first byte of an answer
    proxy.behave()               # as if it were not there
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_BLOCK = 65536
_POLL_S = 0.05


@dataclass(frozen=True)
class Behaviour:
    """What is done to what comes back from behind the proxy. Requests are never touched.

    Attributes:
        delay_s: before each piece is passed on.
        close_after: bytes of a connection's answers, after which it is closed.
        reset_after: the same, and it is reset.
        blackhole: nothing is passed on in either direction, and nothing closed.
        refuse: new connections are reset at once.
    """

    delay_s: float = 0.0
    close_after: int | None = None
    reset_after: int | None = None
    blackhole: bool = False
    refuse: bool = False


class Proxy:
    """A proxy that is listening.

    Attributes:
        connections: how many it has taken.
    """

    def __init__(self, host: str, port: int) -> None:
        self.connections = 0
        self._behind = (host, port)
        self._behaviour = Behaviour()
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """For clients of HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def behave(
        self,
        *,
        delay_s: float = 0.0,
        close_after: int | None = None,
        reset_after: int | None = None,
        blackhole: bool = False,
        refuse: bool = False,
    ) -> None:
        """From now on, for running connections, too; see `Behaviour`."""
        self._behaviour = Behaviour(delay_s, close_after, reset_after, blackhole, refuse)

    def serve(self) -> None:
        """Take connections until the end."""
        while not self._ended.is_set():
            readable, _, _ = select.select([self._listener], [], [], _POLL_S)
            if readable:
                with contextlib.suppress(OSError):
                    near, _ = self._listener.accept()
                    self.connections += 1
                    threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def end(self) -> None:
        """Take no more connections, and close those that are open."""
        self._ended.set()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _join(self, near: socket.socket) -> None:
        """Carry bytes both ways until either side closes."""
        if self._behaviour.refuse:
            _reset(near)
            return
        try:
            far = socket.create_connection(self._behind, timeout=5)
        except OSError:
            _reset(near)
            return
        answered = 0
        with near, far, contextlib.suppress(OSError):
            while not self._ended.is_set():
                if self._behaviour.blackhole:
                    time.sleep(_POLL_S)
                    continue
                readable, _, _ = select.select([near, far], [], [], _POLL_S)
                if near in readable and not _carry(near, far):
                    return
                if far in readable:
                    data = far.recv(_BLOCK)
                    self._wait()
                    if not data or not self._pass_on(data, answered, near):
                        return
                    answered += len(data)

    def _pass_on(self, data: bytes, answered: int, near: socket.socket) -> bool:
        """Give a piece of an answer to who asked, or what may be given of it; whether all was."""
        close_after, reset_after = self._behaviour.close_after, self._behaviour.reset_after
        limit = close_after if reset_after is None else reset_after
        if limit is None or answered + len(data) <= limit:
            near.sendall(data)
            return True
        near.sendall(data[: max(0, limit - answered)])
        if reset_after is not None:
            _reset(near)
        return False

    def _wait(self) -> None:
        """The delay; a new behaviour ends it."""
        began, behaviour = time.monotonic(), self._behaviour
        while self._behaviour is behaviour and not self._ended.is_set():
            left = began + behaviour.delay_s - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _POLL_S))


@contextmanager
def proxying(port: int, host: str = "127.0.0.1") -> Iterator[Proxy]:
    """A proxy before ``host:port``, until the block ends."""
    proxy = Proxy(host, port)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.end()
        thread.join()
        proxy.close()


def _carry(source: socket.socket, sink: socket.socket) -> bool:
    """Carry what has arrived; whether there may be more."""
    data = source.recv(_BLOCK)
    if data:
        sink.sendall(data)
    return bool(data)


def _reset(connection: socket.socket) -> None:
    """Close with an RST in place of a FIN."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
