"""Pictures from ``http(s)://`` URLs."""

from __future__ import annotations

from lsr_opensearch.errors import ImageError

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
MAX_DOWNLOAD_BYTES = 128 * 1024 * 1024


def is_url(text: str) -> bool:
    """Whether ``text`` is a URL that `fetch_image` takes."""
    return text.lower().startswith(("http://", "https://"))


def fetch_image(url: str) -> bytes:
    """The bytes at a URL; TLS certificates are verified.

    Raises:
        ImageError: it cannot be reached, answers with an error, or is too large.
    """
    import urllib3

    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
    shown = url.partition("?")[0]
    try:
        with urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(2, redirect=5)) as pool:
            answer = pool.request("GET", url, preload_content=False)
            try:
                if answer.status != 200:
                    raise ImageError(
                        f"{shown}: the server answers with status {answer.status}.",
                        "Open the URL in a browser to see why.",
                    )
                content = answer.read(MAX_DOWNLOAD_BYTES + 1)
            finally:
                answer.close()
    except urllib3.exceptions.HTTPError as error:
        raise ImageError(
            f"{shown}: cannot be fetched ({error}).", "Check the address and the network."
        ) from error
    if len(content) > MAX_DOWNLOAD_BYTES:
        raise ImageError(
            f"{shown}: more than {MAX_DOWNLOAD_BYTES:,} bytes.", "Download it and index the file."
        )
    return content
