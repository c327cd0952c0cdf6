"""How a cluster is reached: addresses, credentials, the two clients, and what failures mean.

The names below are what the rest of the engine uses. They are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.answers import (
        ErrorDetail,
        error_of,
        is_disk_block,
    )
    from lsr_opensearch.engines.cluster.connection.opening import connection_for, open_connection
    from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions

__all__ = [
    "ConnectionOptions",
    "ErrorDetail",
    "connection_for",
    "error_of",
    "is_disk_block",
    "open_connection",
]

_HOMES = {
    "ConnectionOptions": "options",
    "ErrorDetail": "answers",
    "connection_for": "opening",
    "error_of": "answers",
    "is_disk_block": "answers",
    "open_connection": "opening",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
