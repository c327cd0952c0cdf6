"""Pictures from ``http(s)://`` URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from lsr_opensearch.errors import ImageError

if TYPE_CHECKING:
    import urllib3

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
MAX_DOWNLOAD_BYTES = 128 * 1024 * 1024


def is_url(text: str) -> bool:
    """Whether ``text`` is a URL that `fetch_image` takes."""
    return text.lower().startswith(("http://", "https://"))


def public_url(url: str) -> str:
    """The URL without user name, password, query and fragment, which may be secrets."""
    try:
        parts = urlsplit(url)
        # A colon that no number follows: then nothing says where a password ends.
        _ = parts.port
    except ValueError:
        return f"{url.partition(':')[0]}://..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def fetch_image(url: str, *, max_bytes: int = MAX_DOWNLOAD_BYTES) -> bytes:
    """The bytes at a URL. TLS certificates are verified, up to five redirects are followed.

    Raises:
        ImageError: it cannot be reached, answers with an error, or has more than ``max_bytes``.
            The message shows `public_url` and nothing else of the URL.
    """
    import urllib3

    shown = public_url(url)
    try:
        status, content = _get(url, max_bytes + 1)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        # Without the cause: it quotes the URL with everything that is secret in it.
        raise ImageError(
            f"{shown}: cannot be fetched ({_reason(error)}).", "Check the address and the network."
        ) from None
    if status != 200:
        raise ImageError(
            f"{shown}: the server answers with status {status}.",
            "Open the URL in a browser to see why.",
        )
    if len(content) > max_bytes:
        raise ImageError(
            f"{shown}: more than {max_bytes:,} bytes.", "Download it and index the file."
        )
    return content


def _get(url: str, limit: int) -> tuple[int, bytes]:
    """The status at the end of all redirects, and at most ``limit`` bytes of the content."""
    import urllib3

    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
    # A total would end the redirects early, or try other failures too often.
    retries = urllib3.Retry(total=None, connect=2, read=2, redirect=5, status=0)
    with urllib3.PoolManager(timeout=timeout) as pool:
        answer = pool.request("GET", url, retries=retries, preload_content=False)
        try:
            return answer.status, answer.read(limit) if answer.status == 200 else b""
        finally:
            answer.close()


def _reason(error: urllib3.exceptions.HTTPError | OSError | ValueError) -> str:
    """What went wrong, in words that do not hold the URL."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.MaxRetryError) and error.reason:
        return _reason_of_last_try(error.reason)
    return _reason_of_last_try(error)


def _reason_of_last_try(error: Exception) -> str:
    from urllib3 import exceptions

    match error:
        case exceptions.NewConnectionError():
            # "...: Failed to establish a new connection: [Errno 111] Connection refused"
            return re.sub(r"\[Errno -?\d+\] ", "", str(error).rpartition(": ")[2])
        case exceptions.TimeoutError():
            return "no answer in time"
        case exceptions.SSLError():
            return f"TLS: {error}"
        case exceptions.ResponseError():
            return "too many redirects"
        case exceptions.ProtocolError():
            return "the server closed the connection before the end"
        case exceptions.LocationValueError() | ValueError():
            return "the address is not valid"
        case _:
            return type(error).__name__
