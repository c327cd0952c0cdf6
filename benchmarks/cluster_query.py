"""Queries on a cluster: the library against the bare client, and how time and disk grow.

    python -m benchmarks.cluster_query [--engines opensearch] [--documents 10000 100000]

Starts nodes of its own, unless LSR_TEST_OPENSEARCH_URL or LSR_TEST_ELASTICSEARCH_URL names one.
The bare client sends the very body that the library makes, ready beforehand, and looks at nothing
of the answer; both use the same client object, in turns. Documents have 100 terms; the index has
one shard without replicas, merged into one segment. Growth is against the row of the same engine
and queries with fewer documents.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import elasticsearch
import numpy as np
import opensearchpy

from benchmarks.bulk_writing import FIELD_TYPES, URLS, Engine, node
from benchmarks.results import tell
from benchmarks.synthetic import (
    FIELD,
    LONG_QUERY,
    SHORT_QUERY,
    TERMS_A_DOCUMENT,
    collection,
    document_id,
    queries,
)
from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import connection_for
from lsr_opensearch.engines.cluster.documents import encode_document
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.port import Document, Schema, SearchRequest, SparseField
from tests.cluster.nodes.endpoint import Endpoint

SCHEMA = Schema("none", {FIELD: SparseField("image", "synthetic-1")})
NAME = "lsr-benchmark-query"
KINDS = {"short": SHORT_QUERY, "long": LONG_QUERY}
# Different vectors; larger indexes have each of them several times, under ids of their own.
DIFFERENT = 100_000
GROWING = ("documents", "library p50 ms", "library p95 ms", "bytes/posting")
_CHUNK = 20_000


def fill(cluster: Endpoint, client: Any, index: ClusterIndex, count: int) -> None:
    """A new index of that many documents, merged."""
    index.create(SCHEMA)
    settings = {"index": {"refresh_interval": "-1", "auto_expand_replicas": False}}
    cluster.request("PUT", f"/{NAME}-000001/_settings", settings)
    cluster.request("PUT", f"/{NAME}-000001/_settings", {"index": {"number_of_replicas": 0}})
    writer = BulkWriter(connection_for(client), NAME)
    rejected: list[Result] = []

    def check(results: Sequence[Result]) -> None:
        rejected.extend(result for result in results if result.fate != "acknowledged")

    writer.write(changes(count), check)
    assert not rejected
    cluster.request("POST", f"/{NAME}/_refresh", timeout_s=300)
    merge = f"/{NAME}/_forcemerge?max_num_segments=1"
    cluster.request("POST", merge, timeout_s=1800)
    cluster.request("POST", f"/{NAME}/_flush", timeout_s=300)
    cluster.request("POST", f"/{NAME}/_refresh", timeout_s=300)


def changes(count: int) -> Iterator[Change]:
    made = collection(min(count, DIFFERENT))
    for number in range(count):
        document = Document(
            document_id(number),
            {FIELD: made.vector(number % len(made))},
            {"path": f"folder/IMG_{number:07}.jpg"},
        )
        yield Change(
            document.id, 1, encode_document(document, source="synthetic", fields=SCHEMA.fields)
        )
        if number % _CHUNK == 0:
            print(f"{number:,} of {count:,}", file=sys.stderr)


def times(index: ClusterIndex, client: Any, terms: int, rounds: int) -> dict[str, float]:
    """Milliseconds of the same queries by either way, in turns of random order."""
    requests = [SearchRequest({FIELD: query}) for query in queries(rounds, terms)]
    bodies = [dict(index.query_body(request)) for request in requests]
    library: list[float] = []
    bare: list[float] = []
    order = random.Random(3)
    for request, body in zip(requests, bodies, strict=True):
        ways = [
            (library, lambda request=request: index.search(request)),
            (bare, lambda body=body: _bare(client, body)),
        ]
        order.shuffle(ways)
        for taken, way in ways:
            began = time.perf_counter()
            way()
            taken.append((time.perf_counter() - began) * 1000)
    warm = slice(rounds // 5, None)
    return {
        "library p50 ms": float(np.median(library[warm])),
        "library p95 ms": float(np.percentile(library[warm], 95)),
        "client p50 ms": float(np.median(bare[warm])),
        "client p95 ms": float(np.percentile(bare[warm], 95)),
        "library - client, p50 ms": float(np.median(np.subtract(library[warm], bare[warm]))),
    }


def _bare(client: Any, body: dict[str, Any]) -> None:
    params = {"allow_partial_search_results": "false"}
    if isinstance(client, opensearchpy.OpenSearch):
        client.search(index=NAME, body=body, params=params)
    else:
        client.search(index=NAME, allow_partial_search_results=False, **_keywords(body))


def _keywords(body: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("_"): value for name, value in body.items() if name != "_source"} | {
        "source": body["_source"]
    }


def measure(engine: Engine, count: int, rounds: int) -> Iterator[dict[str, object]]:
    with node(engine) as cluster, tempfile.TemporaryDirectory() as folder:
        client: Any = (
            opensearchpy.OpenSearch(cluster.url)
            if engine == "opensearch"
            else elasticsearch.Elasticsearch(cluster.url, request_timeout=60)
        )
        state = StateFile(Path(folder) / "state.sqlite")
        index = ClusterIndex(connection_for(client), NAME, state, "here", FIELD_TYPES[engine])
        cluster.delete_indices(f"{NAME}*")
        try:
            fill(cluster, client, index, count)
            stats = cluster.request("GET", f"/{NAME}/_stats/store").body
            disk = stats["_all"]["total"]["store"]["size_in_bytes"]
            for kind, terms in KINDS.items():
                yield {
                    "engine": f"{engine} {cluster.version()}",
                    "documents": count,
                    "queries": kind,
                    **times(index, client, terms, rounds),
                    "bytes/document": round(disk / count),
                    "bytes/posting": disk / count / TERMS_A_DOCUMENT,
                }
        finally:
            cluster.delete_indices(f"{NAME}*")
            index.close()
            client.close()


def with_growth(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with how many times the figures of the next smaller index its own are."""
    grown: list[dict[str, Any]] = []
    for row in rows:
        before = [
            other
            for other in rows
            if (other["engine"], other["queries"]) == (row["engine"], row["queries"])
            and other["documents"] < row["documents"]
        ]
        smaller = max(before, key=lambda other: other["documents"], default=None)
        growth = {
            f"{name}, growth": row[name] / smaller[name] if smaller else "" for name in GROWING
        }
        grown.append({**row, **growth})
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engines", nargs="+", choices=list(URLS), default=list(URLS))
    parser.add_argument("--documents", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=500)
    options = parser.parse_args()
    rows = [
        row
        for engine in options.engines
        for count in options.documents
        for row in measure(engine, count, options.rounds)
    ]
    tell("cluster_query", with_growth(rows), rounds=options.rounds)


if __name__ == "__main__":
    main()
