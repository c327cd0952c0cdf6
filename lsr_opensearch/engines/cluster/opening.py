"""Opening an index of a cluster by address and name."""

from __future__ import annotations

import os
import socket
from typing import Any

from lsr_opensearch.engines import state_folder
from lsr_opensearch.engines.cluster.connection import (
    ConnectionOptions,
    connection_for,
    open_connection,
)
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.cluster.mapping import FieldType, check_field_type
from lsr_opensearch.engines.cluster.names import check_name
from lsr_opensearch.engines.cluster.state.file import StateFile


def open_cluster(
    url: str,
    name: str,
    options: ConnectionOptions | None = None,
    *,
    field_type: FieldType = "rank_features",
) -> ClusterIndex:
    """Open an index of the cluster at ``url``; the cluster is asked when it is first needed.

    Raises:
        UsageError: the URL, the name, the options or the type make no sense.
        MissingExtraError: signing requests for Amazon needs the extra ``aws``.
    """
    check_name(name)
    check_field_type(field_type)
    return _index(open_connection(url, options), name, field_type)


def open_with_client(
    client: Any, name: str, *, field_type: FieldType = "rank_features"
) -> ClusterIndex:
    """Open an index through an ``OpenSearch`` or ``Elasticsearch`` client that an app already has.

    Raises:
        UsageError: it is neither, or the name or the type makes no sense.
    """
    check_name(name)
    check_field_type(field_type)
    return _index(connection_for(client), name, field_type)


def this_host() -> str:
    """What the sources of this machine are bound to: its name, or ``LSR_OS_HOST``."""
    return os.environ.get("LSR_OS_HOST") or socket.gethostname()


def _index(connection: Any, name: str, field_type: FieldType) -> ClusterIndex:
    state = StateFile(os.path.join(state_folder(), "clusters.sqlite"))
    return ClusterIndex(connection, name, state, this_host(), field_type)
