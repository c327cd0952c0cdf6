"""Runs: through an index, as any search goes, and by the dense vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lsr_opensearch.engines.port import (
    Document,
    Index,
    Schema,
    SearchRequest,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from lsr_opensearch.errors import DatasetError
from lsr_opensearch.terms import TermWeights, truncate_terms

DEPTH = 10
_FIELD = "image_terms"
_SOURCE = "evaluation"
_BATCH = 1000
_ROWS = 512
# Dense queries that are enough to time one.
_TIMED = 200


@dataclass(frozen=True)
class Retrieved:
    """What came back.

    Attributes:
        run: query id -> ids of the hits, best first.
        scores: query id -> their scores.
        query_ms: median time of a search, in an index or by all products, milliseconds.
    """

    run: dict[str, list[str]]
    scores: dict[str, list[float]]
    query_ms: float


def make(index: Index) -> None:
    """Make an index that does not exist yet, for documents to be searched."""
    index.create(Schema("evaluated", {_FIELD: SparseField("image", "evaluated")}))
    index.bind_source(SourceBinding(_SOURCE, "", ""))


def fill(index: Index, documents: Mapping[str, TermWeights]) -> int:
    """Write documents into an empty index, made where it does not exist; its bytes on disk.

    Raises:
        DatasetError: the store refuses some of them.
    """
    if index.schema() is None:
        make(index)
    written = [
        Document(one, {_FIELD: truncate_terms(terms)}, {"source": _SOURCE})
        for one, terms in documents.items()
        if terms
    ]
    for start in range(0, len(written), _BATCH):
        refused = index.write(WriteBatch(_SOURCE, written[start : start + _BATCH])).rejected
        for one, reason in refused.items():
            raise DatasetError(
                f"The index refuses {len(refused):,} documents, the first {one!r}: {reason}",
                "Evaluate in a passing file instead: leave out --url.",
            )
    index.settle()
    index.optimize()
    return index.status().bytes_on_disk


def retrieve(
    index: Index,
    queries: Mapping[str, TermWeights],
    on_query: Callable[[], None] = lambda: None,
    depth: int = DEPTH,
) -> Retrieved:
    """Search a filled index; a query without a word finds nothing.

    Args:
        on_query: called after each query.
    """
    run: dict[str, list[str]] = {}
    scores: dict[str, list[float]] = {}
    times = []
    for query, terms in queries.items():
        begun = time.perf_counter()
        hits = index.search(SearchRequest({_FIELD: terms}, depth)) if terms else []
        times.append(time.perf_counter() - begun)
        run[query] = [hit.document.id for hit in hits]
        scores[query] = [hit.score for hit in hits]
        on_query()
    return Retrieved(run, scores, 1000 * float(np.median(times)))


def retrieve_dense(
    document_ids: Sequence[str],
    documents: npt.NDArray[np.float32],
    query_ids: Sequence[str],
    queries: npt.NDArray[np.float32],
    depth: int = DEPTH,
) -> Retrieved:
    """The best documents by the product of dense vectors, [count, width] each."""
    depth = min(depth, len(document_ids))
    run: dict[str, list[str]] = {}
    scores: dict[str, list[float]] = {}
    for start in range(0, len(query_ids), _ROWS):
        best, best_scores = _best(queries[start : start + _ROWS], documents, depth)
        for query, row, values in zip(
            query_ids[start : start + _ROWS], best, best_scores, strict=True
        ):
            run[query] = [document_ids[place] for place in row]
            scores[query] = values.tolist()
    # One at a time, as queries come.
    times = []
    for query_vector in queries[:_TIMED]:
        begun = time.perf_counter()
        _best(query_vector[None], documents, depth)
        times.append(time.perf_counter() - begun)
    return Retrieved(run, scores, 1000 * float(np.median(times)))


def _best(
    queries: npt.NDArray[np.float32], documents: npt.NDArray[np.float32], depth: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Rows of the best documents and their scores, [queries, depth] each, best first."""
    scores = queries @ documents.T
    best = np.argpartition(-scores, depth - 1, 1)[:, :depth]
    order = np.take_along_axis(-scores, best, 1).argsort(1, kind="stable")
    best = np.take_along_axis(best, order, 1)
    return best, np.take_along_axis(scores, best, 1)
