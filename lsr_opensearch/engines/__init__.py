"""Engines: where term weights are stored and queries are scored."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import UsageError

DEFAULT_INDEX = "photos"
_CLUSTER_SCHEMES = ("http", "https")


def open_engine(
    url: str | os.PathLike[str], name: str = DEFAULT_INDEX, *, cache_bytes: int = 0
) -> Index:
    """One named index of the store at ``url``; nothing is created before something is written.

    Args:
        url: a path, or ``sqlite:///absolute/path``, of an index file.
        name: of the index in the store.
        cache_bytes: memory that a long-lived process gives to postings; 0 for a single query.

    Raises:
        UsageError: a URL that no engine of this version answers to.
        IndexFileError: the file is not an index, is damaged, or is of a newer version.
    """
    from lsr_opensearch.engines.embedded import open_embedded

    return open_embedded(index_file(os.fspath(url)), name, cache_bytes=cache_bytes)


def index_file(url: str) -> str:
    """The path of the index file that a URL names.

    Raises:
        UsageError: it names no file.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        return url
    if scheme == "sqlite":
        parts = urlsplit(url)
        if parts.netloc or not parts.path.strip("/"):
            raise UsageError(
                f"{url} does not name an index file.",
                "Write sqlite:///absolute/path/index.sqlite, or give the path alone.",
            )
        return unquote(parts.path)
    if scheme.rpartition("+")[2] in _CLUSTER_SCHEMES:
        raise UsageError(
            f"{_without_password(url)} names a search cluster; this version has only the "
            "embedded engine.",
            "Give the path of an index file, or leave --url out.",
        )
    raise UsageError(
        f"The URL scheme {scheme!r} is not known.",
        "Give a path, or sqlite:///absolute/path/index.sqlite.",
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
