"""Pictures from URLs, with real servers that behave well and badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lsr_opensearch.errors import ImageError
from lsr_opensearch.indexing.fetching import fetch_image, public_url

CONTENT = b"the bytes of a picture" * 100


class _Handler(BaseHTTPRequestHandler):
    """``/redirect/N`` leads to ``/picture`` in N steps; ``/midway`` breaks off."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/redirect/"):
            steps = int(path.rpartition("/")[2]) - 1
            self.send_response(302)
            self.send_header("Location", f"/redirect/{steps}" if steps else "/picture")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path in ("/picture", "/midway"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if path == "/picture" else CONTENT[:100])
        elif path == "/silent":
            self.close_connection = True
        else:
            self.send_error(404)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def unused() -> str:
    """A URL behind which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def problem(url: str) -> str:
    with pytest.raises(ImageError) as caught:
        fetch_image(url)
    return str(caught.value)


def test_the_bytes_of_a_picture_are_fetched(server: str) -> None:
    assert fetch_image(f"{server}/picture") == CONTENT


def test_five_redirects_are_followed(server: str) -> None:
    assert fetch_image(f"{server}/redirect/5") == CONTENT


def test_six_redirects_are_too_many(server: str) -> None:
    assert "too many redirects" in problem(f"{server}/redirect/6")


def test_a_missing_picture_is_named_with_its_status(server: str) -> None:
    assert "status 404" in problem(f"{server}/no-such-picture")


def test_a_picture_that_is_too_large_is_refused(server: str) -> None:
    assert fetch_image(f"{server}/picture", max_bytes=len(CONTENT)) == CONTENT
    with pytest.raises(ImageError, match="more than 2,199 bytes"):
        fetch_image(f"{server}/picture", max_bytes=len(CONTENT) - 1)


def test_nobody_listening_is_a_refused_connection(unused: str) -> None:
    assert "(Connection refused)" in problem(f"{unused}/picture")


def test_a_server_that_stops_midway_gives_no_half_picture(server: str) -> None:
    assert "closed the connection before the end" in problem(f"{server}/midway")


def test_a_server_that_says_nothing_is_an_error(server: str) -> None:
    assert "closed the connection before the end" in problem(f"{server}/silent")


@pytest.mark.parametrize(
    "url", ["http://", "http://[half", "http://host:port/", "http://\ud800/", "http://" + "a" * 99]
)
def test_an_address_that_makes_no_sense_is_an_error(url: str) -> None:
    assert "cannot be fetched" in problem(url)


@pytest.mark.parametrize("place", ["no-such-picture", "redirect/6", "midway", "silent"])
def test_no_message_shows_what_may_be_secret(server: str, unused: str, place: str) -> None:
    for base in (server, unused):
        message = problem(f"{base.replace('//', '//user:pass@')}/{place}?token=secret#mark")
        assert f"{base}/{place}: " in message
        assert not [word for word in ("user", "pass", "token", "secret") if word in message]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.org/b/c.jpg", "https://a.org/b/c.jpg"),
        ("HTTPS://user:pass@a.org:8443/b.jpg?key=1#x", "https://a.org:8443/b.jpg"),
        ("http://user:p@ss@a.org/b.jpg", "http://a.org/b.jpg"),
        ("http://user:p?ss@a.org/b.jpg", "http://..."),
        ("http://user:p/ss@a.org/b.jpg", "http://..."),
        ("http://[::1]:80/b.jpg?key", "http://[::1]:80/b.jpg"),
    ],
)
def test_the_public_part_of_a_url_is_scheme_host_and_path(url: str, shown: str) -> None:
    assert public_url(url) == shown
