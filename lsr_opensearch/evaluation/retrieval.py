"""Runs: through an index, as any search goes, and by the dense vectors."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from lsr_opensearch.terms import TermWeights, truncate_terms

DEPTH = 10
_FIELD = "image_terms"
_SOURCE = "evaluation"
_BATCH = 1000
_ROWS = 512


@dataclass(frozen=True)
class Retrieved:
    """What came back.

    Attributes:
        run: query id -> ids of the hits, best first.
        scores: query id -> their scores.
        query_ms: median time of a search, milliseconds.
        index_bytes: on disk.
    """

    run: dict[str, list[str]]
    scores: dict[str, list[float]]
    query_ms: float
    index_bytes: int


def retrieve(
    index: Index,
    documents: dict[str, TermWeights],
    queries: dict[str, TermWeights],
    depth: int = DEPTH,
) -> Retrieved:
    """Write the documents into an index that does not exist yet, and search them."""
    index.create(Schema("evaluated", {_FIELD: SparseField("image", "evaluated")}))
    index.bind_source(SourceBinding(_SOURCE, "", ""))
    written = [
        Document(one, {_FIELD: truncate_terms(terms)}, {"source": _SOURCE})
        for one, terms in documents.items()
        if terms
    ]
    for start in range(0, len(written), _BATCH):
        index.write(WriteBatch(_SOURCE, written[start : start + _BATCH]))
    index.settle()
    index.optimize()
    run: dict[str, list[str]] = {}
    scores: dict[str, list[float]] = {}
    times = []
    for query, terms in queries.items():
        begun = time.perf_counter()
        hits = index.search(SearchRequest({_FIELD: terms}, depth)) if terms else []
        times.append(time.perf_counter() - begun)
        run[query] = [hit.document.id for hit in hits]
        scores[query] = [hit.score for hit in hits]
    status = index.status()
    return Retrieved(run, scores, 1000 * float(np.median(times)), status.bytes_on_disk)


def retrieve_dense(
    document_ids: Sequence[str],
    documents: npt.NDArray[np.float32],
    query_ids: Sequence[str],
    queries: npt.NDArray[np.float32],
    depth: int = DEPTH,
) -> dict[str, list[str]]:
    """The best documents by the product of dense vectors, [count, width] each."""
    depth = min(depth, len(document_ids))
    run: dict[str, list[str]] = {}
    for start in range(0, len(query_ids), _ROWS):
        scores = queries[start : start + _ROWS] @ documents.T
        best = np.argpartition(-scores, depth - 1, 1)[:, :depth]
        order = np.take_along_axis(-scores, best, 1).argsort(1, kind="stable")
        best = np.take_along_axis(best, order, 1)
        for query, row in zip(query_ids[start : start + _ROWS], best, strict=True):
            run[query] = [document_ids[place] for place in row]
    return run
