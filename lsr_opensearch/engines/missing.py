"""The error of every command that needs an index where there is none."""

from __future__ import annotations

from lsr_opensearch.engines.folders import index_command
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import ClusterError, IndexFileError


def missing_index(index: Index) -> IndexFileError:
    """That there is no index, and what makes it: with the folders of this machine that it had,
    where the store knows them still."""
    try:
        command = index_command(index.sources(), index.host)
    except ClusterError:
        # Who may not know of sources can still be told of the index.
        command = index_command((), index.host)
    return IndexFileError(
        f"There is no index {index.name!r} in {index.url}.", f"Make it: {command}"
    )
