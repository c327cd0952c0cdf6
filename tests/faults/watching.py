"""An HTTP proxy that says what passes, before it does and after: to strike at a certain step.

def strike(passing: Passing) -> bool:
    if passing.is_answered and passing.path.endswith("/_bulk"):
        process.kill()               # carried out, and nobody will hear of it
        return False
    return True

with watching("http://127.0.0.1:9200", strike) as url:
    ...
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Passing:
    """A request on its way to the node, or once the node has answered it and before we have."""

    method: str
    path: str
    is_answered: bool = False


# Whether it may pass.
Watch = Callable[[Passing], bool]


@contextmanager
def watching(url: str, watch: Watch) -> Iterator[str]:
    """The URL of a proxy before ``url``; requests wait while ``watch`` runs."""
    behind = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            passing = Passing(self.command, urlsplit(self.path).path)
            if not watch(passing):
                self.close_connection = True
                return
            connection = HTTPConnection(behind.hostname or "", behind.port, timeout=60)
            with contextlib.closing(connection):
                headers = {name: value for name, value in self.headers.items() if name != "Host"}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                data = answer.read()
            if not watch(replace(passing, is_answered=True)):
                self.close_connection = True
                return
            with contextlib.suppress(OSError):
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else data)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: object) -> None:
            """Clients are killed while they wait."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
