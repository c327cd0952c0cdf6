"""Opening an index by path and name."""

from __future__ import annotations

import os

from lsr_opensearch.engines.embedded.index import EmbeddedIndex
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.errors import UsageError
from lsr_opensearch.query.text import storable


def open_embedded(
    path: str | os.PathLike[str],
    name: str = "photos",
    *,
    cache_bytes: int = 0,
    busy_timeout_s: float = 30,
    tuning: Tuning | None = None,
) -> EmbeddedIndex:
    """Open an index in a file. A file that does not exist is made by `EmbeddedIndex.create` only.

    Args:
        path: of the file.
        name: of the index in the file.
        cache_bytes: postings kept in memory between searches, for a process that lives long.
        busy_timeout_s: how long to wait while another process writes.
        tuning: sizes of segments and steps; the defaults are measured.

    Raises:
        IndexFileError: the path is a folder, or a file that is damaged, of another application or
            of a newer version.
        IndexBusyError: another process kept the file locked for too long.
        UsageError: the name is empty or no UTF-8 text.
    """
    if not name or name != storable(name):
        raise UsageError(
            f"{name!r} cannot be the name of an index.", "Names are non-empty UTF-8 texts."
        )
    return EmbeddedIndex(Store(path, busy_timeout_s), name, cache_bytes, tuning or Tuning())
