"""Engines: where term weights are stored and queries are scored."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import UsageError

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
    from lsr_opensearch.engines.cluster.mapping import FieldType

DEFAULT_INDEX = "photos"
_CLUSTER_SCHEMES = ("http", "https")
# One letter before a colon is a drive of Windows.
_HOST_AND_PORT = re.compile(r"(?:[^/]*@)?((?:[\w.-]{2,}|\[[\da-fA-F:]+\]):\d{1,5})")


def open_engine(
    url: str | os.PathLike[str],
    name: str = DEFAULT_INDEX,
    *,
    cache_bytes: int = 0,
    connection: ConnectionOptions | None = None,
    field_type: FieldType = "rank_features",
) -> Index:
    """One named index of the store at ``url``; nothing is created before something is written.

    Args:
        url: a path, or ``sqlite:///absolute/path``, of an index file; or the address of a cluster:
            ``https://host:9200``, with ``opensearch+`` or ``elasticsearch+`` before it to say
            which it is.
        name: of the index in the store.
        cache_bytes: of a file: memory that a long-lived process gives to postings; 0 for a single
            query.
        connection: how a cluster is reached, before what the environment says.
        field_type: of the sparse fields, where an index has to be made in a cluster.

    Raises:
        UsageError: a URL that no engine answers to.
        IndexFileError: the file is not an index, is damaged, or is of a newer version.
        ClusterError: the cluster cannot be reached.
    """
    if is_cluster(url):
        from lsr_opensearch.engines.cluster.opening import open_cluster

        return open_cluster(os.fspath(url), name, connection, field_type=field_type)
    from lsr_opensearch.engines.embedded import open_embedded

    return open_embedded(index_file(url), name, cache_bytes=cache_bytes)


def is_cluster(url: str | os.PathLike[str]) -> bool:
    """Whether a URL names a search cluster, not a file; empty, the one of a Cloud ID."""
    scheme, separator, _ = os.fspath(url).partition("://")
    return not url or (bool(separator) and scheme.lower().rpartition("+")[2] in _CLUSTER_SCHEMES)


def index_file(url: str | os.PathLike[str]) -> str:
    """The path of the index file that a URL names.

    Raises:
        UsageError: it names no file.
    """
    if not isinstance(url, str):
        return os.fspath(url)
    scheme, separator, _ = url.partition("://")
    if not separator:
        _check_no_address(url)
        return url
    if scheme == "sqlite":
        parts = urlsplit(url)
        if parts.netloc or not parts.path.strip("/"):
            raise UsageError(
                f"{url} does not name an index file.",
                "Write sqlite:///absolute/path/index.sqlite, or give the path alone.",
            )
        return unquote(parts.path)
    raise UsageError(
        f"The URL scheme {scheme!r} is not known.",
        "Give a path, sqlite:///absolute/path/index.sqlite, or a cluster: https://host:9200.",
    )


def _check_no_address(path: str) -> None:
    """An address that lacks its scheme would quietly become a file of that name."""
    address = _HOST_AND_PORT.fullmatch(path)
    if address and not os.path.lexists(path):
        # A user and password before it are not repeated.
        raise UsageError(
            f"{address[1]} looks like the address of a cluster.",
            f"Write http://{address[1]} (or https://); for a file of that name, ./{address[1]}",
        )


def state_folder() -> str:
    """Where this machine remembers what it has written to clusters.

    The environment variable ``LSR_OS_STATE_DIR`` names another one.
    """
    import platformdirs

    return os.environ.get("LSR_OS_STATE_DIR") or platformdirs.user_state_dir("lsr-opensearch")
