"""Small servers that misbehave on demand: a cluster's stand-in where a real one cannot be made to
answer so, and a proxy."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """What arrived. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is sent back. ``content`` is JSON unless it is bytes; ``hang_up`` sends nothing, and
    ``cut_off`` less than promised."""

    content: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hang_up: bool = False
    cut_off: bool = False


OPENSEARCH = Reply({"version": {"number": "2.19.4", "distribution": "opensearch"}})
ELASTICSEARCH = Reply(
    {"version": {"number": "8.19.21"}, "tagline": "You Know, for Search"},
    headers={"X-Elastic-Product": "Elasticsearch"},
)


class Server:
    """Where a server listens, and what it was asked."""

    def __init__(self, scheme: str, port: int) -> None:
        self.scheme = scheme
        self.port = port
        self.requests: list[Request] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


@contextmanager
def served(
    answer: Reply | Callable[[Request], Reply], context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server that gives one answer, or one for each request; over TLS with a context."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            server.requests.append(request)
            reply = answer(request) if callable(answer) else answer
            time.sleep(reply.delay_s)
            if reply.hang_up:
                self.close_connection = True
                return
            _send(self, reply)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Nothing is printed."""

    with _running(Handler, context) as port:
        server = Server("https" if context else "http", port)
        yield server


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    is_json = not isinstance(reply.content, bytes)
    content = json.dumps(reply.content).encode() if is_json else reply.content
    handler.send_response(reply.status)
    headers = {"Content-Type": "application/json" if is_json else "text/plain", **reply.headers}
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content) + reply.cut_off))
    handler.close_connection = handler.close_connection or reply.cut_off
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)


@contextmanager
def _running(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    server = _QuietServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent() -> Iterator[str]:
    """Where a connection is taken, and nothing ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def unused_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def proxying(login: str = "") -> Iterator[Server]:
    """A proxy that tunnels (CONNECT) and forwards; ``login`` is a Basic header's value, or none."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            if not self._admitted():
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                self.send_response(200)
                self.end_headers()
                _join(self.connection, far)
            self.close_connection = True

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if not self._admitted():
                return
            authority, _, path = self.path.partition("://")[2].partition("/")
            host, _, port = authority.rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                lines = [f"{self.command} /{path} HTTP/1.1"]
                lines += [
                    f"{name}: {value}"
                    for name, value in self.headers.items()
                    if name.lower() not in ("connection", "proxy-authorization")
                ]
                head = "\r\n".join([*lines, "Connection: close", "", ""])
                far.sendall(head.encode("latin-1") + body)
                while data := far.recv(65536):
                    self.wfile.write(data)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _forward  # noqa: N815

        def _admitted(self) -> bool:
            headers = {name.lower(): value for name, value in self.headers.items()}
            proxy.requests.append(Request(self.command, self.path, headers, b""))
            if login in ("", headers.get("proxy-authorization")):
                return True
            _send(self, Reply(b"", 407))
            return False

        def log_message(self, *arguments: Any) -> None:
            """Nothing is printed."""

    with _running(Handler) as port:
        proxy = Server("http", port)
        yield proxy


def _join(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until either side hangs up."""

    def carry(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    back = threading.Thread(target=carry, args=(far, near), daemon=True)
    back.start()
    carry(near, far)
    back.join(5)
