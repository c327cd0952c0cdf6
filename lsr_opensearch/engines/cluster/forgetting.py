"""Taking the documents of a source out of an index, also while somebody still writes some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.port import WriteBatch
from lsr_opensearch.errors import ClusterIndexError

# Whoever writes is refused from the first round on: more than two mean that it is not one of ours.
_MOST_ROUNDS = 10


def cleared(writer: BulkWriter, left: Callable[[], Iterable[tuple[str, int]]], source: str) -> int:
    """Delete the documents of a source until none is found; how many went.

    Args:
        left: gives id and revision of every document of the source that is there at the time.

    Raises:
        ClusterIndexError: more and more are found.
        ClusterError: the cluster does not take the deletions now.
    """
    gone = found = 0

    def changes() -> Iterator[Change]:
        nonlocal found
        for key, revision in left():
            found += 1
            yield Change(key, revision, None)

    def count(results: Sequence[Result]) -> None:
        nonlocal gone
        gone += sum(result.fate == "acknowledged" for result in results)

    for _ in range(_MOST_ROUNDS):
        found = 0
        writer.write(changes(), count)
        if not found:
            return gone
    raise ClusterIndexError(
        f"Documents of the source {source!r} are still in the index after {_MOST_ROUNDS} rounds of "
        "deleting them: another program may be writing them.",
        "End that program, then run the same command again.",
    )


def take_back(writer: BulkWriter, batch: WriteBatch) -> None:
    """Delete what a batch has written, and nothing that was written later."""
    changes = [Change(document.id, document.revision, None) for document in batch.documents]
    writer.write(changes, lambda _results: None)
