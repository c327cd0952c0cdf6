"""How long a query takes on the embedded engine, beside the same sums over arrays in memory.

    python -m benchmarks.embedded_query [--documents 100000 1000000]

Bulk-loads an index of synthetic documents, unless the folder has it, and runs the same queries, in
turn, (1) over static numpy columns held in memory, (2) on the index without a cache, (3) on the
index with a cache of 512 MB. "rank" gives ids and scores; "search" also the ten documents, whole.
All times are medians of one warm process; every score is compared with an exact dot product.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.results import tell
from benchmarks.synthetic import (
    FIELD,
    LONG_QUERY,
    SHORT_QUERY,
    VOCABULARY,
    Collection,
    collection,
    document_id,
    queries,
)
from lsr_opensearch.engines.embedded import EmbeddedIndex, open_embedded
from lsr_opensearch.engines.embedded.search.ranking import leaders
from lsr_opensearch.engines.port import (
    Document,
    Schema,
    SearchRequest,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from lsr_opensearch.query.filters import parse_filter
from lsr_opensearch.terms import dot

CACHE_BYTES = 512 << 20
LIMIT = 10
SCHEMA = Schema("synthetic", {FIELD: SparseField("image", "synthetic")})


class StaticColumns:
    """The best simple numpy: a term's documents and weights as arrays, added one by one."""

    def __init__(self, documents: Collection) -> None:
        terms = documents.terms.ravel()
        order = np.argsort(terms, kind="stable")
        self._starts = np.searchsorted(terms[order], np.arange(VOCABULARY + 1))
        self._documents = order // documents.terms.shape[1]
        self._weights = documents.weights.ravel()[order]
        self._scores = np.zeros(len(documents), np.float32)

    def rank(self, query: dict[str, float]) -> list[tuple[int, float]]:
        scores = self._scores
        scores.fill(0)
        for term, weight in query.items():
            number = int(term.removeprefix("term"))
            at = slice(self._starts[number], self._starts[number + 1])
            np.add.at(scores, self._documents[at], self._weights[at] * np.float32(weight))
        best = leaders(scores, LIMIT)
        best = best[np.argsort(-scores[best], kind="stable")][:LIMIT]
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))


def load(index: EmbeddedIndex, documents: Collection, batch: int) -> dict[str, float]:
    """Write all documents; seconds for the writes and for the merges left at the end."""
    index.create(SCHEMA)
    index.bind_source(SourceBinding("synthetic", "", ""))
    writes = []
    cpu_started = time.process_time()
    for start in range(0, len(documents), batch):
        prepared = WriteBatch("synthetic", list(_batch(documents, start, batch)))
        started = time.perf_counter()
        index.write(prepared)
        writes.append(time.perf_counter() - started)
    started = time.perf_counter()
    index.optimize()
    optimize_s = time.perf_counter() - started
    cpu_s = time.process_time() - cpu_started
    return {
        "cpu_s": cpu_s,
        "write_s": sum(writes),
        "longest_write_s": max(writes),
        "optimize_s": optimize_s,
    }


def _batch(documents: Collection, start: int, size: int) -> Iterator[Document]:
    for number in range(start, min(start + size, len(documents))):
        metadata = {
            "path": f"folder{number % 97}/IMG_{number:07}.jpg",
            "width": 1000 + number % 3000,
        }
        yield Document(document_id(number), {FIELD: documents.vector(number)}, metadata)


def measure(
    kind: str, texts: list[dict[str, float]], ways: dict[str, Callable[[dict[str, float]], object]]
) -> dict[str, float]:
    """The median milliseconds of each way, all ways in turn for every query."""
    for way in ways.values():
        for query in texts:
            way(query)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for query in texts:
        for name, way in ways.items():
            started = time.perf_counter()
            way(query)
            times[name].append((time.perf_counter() - started) * 1000)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["static"]
    for name, value in medians.items():
        print(f"{kind:6} {name:16} {value:8.3f} ms  {value / base:5.2f}x")
    return medians


def filtered(index: EmbeddedIndex, texts: list[dict[str, float]]) -> dict[str, float]:
    """Median milliseconds of short searches with a filter, by the share that passes it."""
    medians = {}
    for share, width in (("0.1%", 3997), ("10%", 3700), ("90%", 1300)):
        times = []
        for query in texts:
            request = SearchRequest({FIELD: query}, LIMIT, filters=parse_filter(f"width>={width}"))
            started = time.perf_counter()
            index.search(request)
            times.append((time.perf_counter() - started) * 1000)
        medians[share] = statistics.median(times)
    return medians


def worst_difference(
    index: EmbeddedIndex, documents: Collection, texts: list[dict[str, float]]
) -> float:
    """The largest relative difference of a hit's score from the exact dot product."""
    numbers = {document_id(number): number for number in range(len(documents))}
    worst = 0.0
    for query in texts:
        for found, score in index.rank(_request(query)):
            exact = dot(query, documents.vector(numbers[found]))
            worst = max(worst, abs(score - exact) / exact)
    return worst


def _request(query: dict[str, float]) -> SearchRequest:
    return SearchRequest({FIELD: query}, LIMIT)


def rows_of(documents: Collection, options: argparse.Namespace) -> list[dict[str, object]]:
    """One row for short and one for long queries, each way beside the static columns."""
    path = os.path.join(options.folder, f"synthetic-{len(documents)}.sqlite")
    uncached = open_embedded(path)
    if uncached.schema() is None:
        print("load", load(uncached, documents, options.batch))
    cached = open_embedded(path, cache_bytes=CACHE_BYTES)
    static = StaticColumns(documents)
    rows: list[dict[str, object]] = []
    for kind, terms in (("short", SHORT_QUERY), ("long", LONG_QUERY)):
        texts = queries(options.queries, terms)
        medians = measure(
            kind,
            texts,
            {
                "static": static.rank,
                "uncached rank": lambda query: uncached.rank(_request(query)),
                "cached rank": lambda query: cached.rank(_request(query)),
                "uncached search": lambda query: uncached.search(_request(query)),
                "cached search": lambda query: cached.search(_request(query)),
            },
        )
        base = medians.pop("static")
        rows.append(
            {"documents": len(documents), "queries": kind, "static ms": base}
            | {f"{name} ratio": value / base for name, value in medians.items()}
            | {"worst difference": f"{worst_difference(cached, documents, texts[:50]):.0e}"}
        )
    print("filtered search ms", filtered(uncached, queries(50, SHORT_QUERY)))
    uncached.close()
    cached.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--folder", default="build/benchmarks", help="where the indexes are kept")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--batch", type=int, default=500, help="documents a write")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    rows = [row for count in options.documents for row in rows_of(collection(count), options)]
    tell("embedded_query", rows, cache_bytes=CACHE_BYTES)


if __name__ == "__main__":
    main()
