"""A small cluster on a port of its own, whose faults a test plans.

    with serving() as cluster:
        cluster.plan.set([Fault("drop_after"), Fault("overloaded")])
        ...                                      # talk to cluster.url
        cluster.store.indexes["photos-000001"].documents

It behaves as OpenSearch 2 in what `api.answer` knows. A request that was carried out stays carried
out: only answers are lost.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .api import actions, answer
from .plan import Fault, Plan
from .store import Store

_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_STATUS = {
    "overloaded": (429, "rejected_execution_exception", "rejected execution of coordinating op"),
    "unavailable": (503, "unavailable_shards_exception", "primary shard is not active"),
    "recovering": (
        503,
        "cluster_block_exception",
        "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];",
    ),
    "forbidden": (403, "security_exception", "no permissions for this"),
    "broken": (500, "illegal_state_exception", "something went wrong"),
}
_ITEM_STATUS = {
    "items_overloaded": (429, "rejected_execution_exception", "rejected execution of primary op"),
    "items_unavailable": (503, "unavailable_shards_exception", "primary shard is not active"),
    "items_rejected": (400, "mapper_parsing_exception", "failed to parse field"),
}
_JSON = "application/json"


@dataclass(frozen=True)
class Arrived:
    """A request, as it arrived. ``changes`` counts the actions of a bulk request."""

    method: str
    path: str
    size: int
    changes: int
    fault: Fault


class FaultyCluster:
    """A cluster that is listening.

    Attributes:
        store: what it holds; a new one makes it an empty cluster.
        plan: the faults to come.
        largest: a request with more bytes than that gets a 413.
        arrived: all requests so far.
        most_at_once: how many requests were in work at the same time, at most.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle = threading.Condition()
        self._at_work = 0
        self.reset()

    @property
    def url(self) -> str:
        """For clients; the engine's name and a ``+`` before it make it one of ours."""
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Begin anew, with an empty cluster and no faults."""
        self.store = Store()
        self.plan = Plan()
        self.largest = 100 << 20
        self.arrived: list[Arrived] = []
        self.most_at_once = 0

    def wait_until_idle(self, timeout_s: float = 10.0) -> None:
        """Wait until no request is in work any more: nothing changes after that by itself."""
        with self._idle:
            if not self._idle.wait_for(lambda: not self._at_work, timeout_s):
                raise TimeoutError("requests are still in work")

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count a request as in work."""
        with self._idle:
            self._at_work += 1
            self.most_at_once = max(self.most_at_once, self._at_work)
        try:
            yield
        finally:
            with self._idle:
                self._at_work -= 1
                self._idle.notify_all()


@contextmanager
def serving() -> Iterator[FaultyCluster]:
    """A cluster without indexes and without faults, until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.cluster = FaultyCluster(self.server_port)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        cluster = self.server.cluster
        store = cluster.store
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with cluster.working():
            url = urlsplit(self.path)
            fault = cluster.plan.next(url.path)
            cluster.arrived.append(
                Arrived(self.command, url.path, len(body), _changes(url.path, body), fault)
            )
            if len(body) > cluster.largest:
                self._send(413, b"", "text/plain")
                self.close_connection = True
                return
            self._fail_or_answer(fault, store, url.path, dict(parse_qsl(url.query)), body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815

    def _fail_or_answer(
        self, fault: Fault, store: Store, path: str, params: dict[str, str], body: bytes
    ) -> None:
        kind = fault.kind
        time.sleep(fault.delay_s)
        if kind == "drop_before":
            self._hang_up()
        elif kind == "bad_gateway":
            self._send(502, _PAGE, "text/html")
        elif kind == "unauthorized":
            self._send(401, b"Unauthorized", "text/plain")
        elif kind in _STATUS:
            status, type_, reason = _STATUS[kind]
            error = {"type": type_, "reason": reason}
            content = {"error": {"root_cause": [error], **error}, "status": status}
            self._send(status, json.dumps(content).encode(), _JSON, fault.retry_after_s)
        else:
            if kind in _ITEM_STATUS and path.endswith("/_bulk"):
                status, content = _partly(fault, store, path, params, body)
            else:
                status, content = answer(store, self.command, path, params, body)
            self._answer_done(kind, status, content)

    def _answer_done(self, kind: str, status: int, content: Any) -> None:
        """Answer what was carried out, or spoil the answer."""
        if kind == "drop_after":
            self._hang_up()
            return
        if kind == "fewer_items" and "items" in content:
            content["items"].pop()
        if kind == "wrong_shape":
            content = {"acknowledged": True}
        data = json.dumps(content).encode()
        if kind == "garbage":
            data = b"\x00\x01 not JSON"
        if kind == "truncated":
            self._head(status, len(data), _JSON)
            self.wfile.write(data[: len(data) // 2])
            self._hang_up()
            return
        self._send(status, data, _JSON)

    def _send(
        self, status: int, data: bytes, media_type: str, retry_after_s: int | None = None
    ) -> None:
        self._head(status, len(data), media_type, retry_after_s)
        if self.command != "HEAD":
            self.wfile.write(data)

    def _head(
        self, status: int, size: int, media_type: str, retry_after_s: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(size))
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        self.end_headers()

    def _hang_up(self) -> None:
        """Break the connection off, whatever was sent so far."""
        self.close_connection = True
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *arguments: Any) -> None:
        """Nothing is printed."""


def _partly(
    fault: Fault, store: Store, path: str, params: dict[str, str], body: bytes
) -> tuple[int, Any]:
    """Carry out a bulk request but for every ``fault.every``-th change."""
    status, type_, reason = _ITEM_STATUS[fault.kind]
    kept: list[Any] = []
    failed: dict[int, dict[str, Any]] = {}
    for number, (action, source) in enumerate(actions(body)):
        is_spared = fault.kind == "items_rejected" and source is None
        if number % fault.every == 0 and not is_spared:
            [(op, meta)] = action.items()
            error = {"type": type_, "reason": reason}
            failed[number] = {op: {"_id": meta["_id"], "status": status, "error": error}}
        else:
            kept += [action] if source is None else [action, source]
    rest = "".join(f"{json.dumps(line)}\n" for line in kept).encode()
    items = answer(store, "POST", path, params, rest)[1]["items"] if kept else []
    for number, item in failed.items():
        items.insert(number, item)
    return 200, {"took": 1, "errors": True, "items": items}


def _changes(path: str, body: bytes) -> int:
    return sum(1 for _ in actions(body)) if path.endswith("/_bulk") else 0
