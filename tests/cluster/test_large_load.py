"""A hundred thousand documents, a node that is killed in the middle: the same index as without."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import FIELD, collection, document_id
from lsr_opensearch.engines.cluster.connection import ConnectionOptions
from lsr_opensearch.engines.cluster.connection.waiting import LOGGER
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.cluster.opening import open_cluster
from lsr_opensearch.engines.port import (
    Document,
    ManifestEntry,
    Schema,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from tests.cluster.nodes.kinds import OPENSEARCH_BARE
from tests.cluster.nodes.node import Node

DOCUMENTS = 100_000
BATCH = 5_000
PAGE = 5_000
SOURCE = SourceBinding("synthetic", "here", "file:///nowhere")
# So many different pictures are enough to fill an index with.
DIFFERENT = 2_000
SCHEMA = Schema("none", {FIELD: SparseField("image", "synthetic-1")})


def batches() -> Iterator[WriteBatch]:
    made = collection(DIFFERENT)
    for start in range(0, DOCUMENTS, BATCH):
        numbers = range(start, start + BATCH)
        documents = [
            Document(
                document_id(n),
                {FIELD: made.vector(n % DIFFERENT)},
                {"path": f"{n}.jpg"},
                revision=n + 1,
            )
            for n in numbers
        ]
        entries = [
            ManifestEntry(b"%d.jpg" % n, n, n, f"{n:064x}", "", document_id(n)) for n in numbers
        ]
        yield WriteBatch(SOURCE.name, documents, entries=entries)


def load(index: ClusterIndex, after_batch: Callable[[int], None]) -> None:
    index.create(SCHEMA)
    index.bind_source(SOURCE)
    for number, batch in enumerate(batches()):
        assert not index.write(batch).rejected
        after_batch(number)
    index.settle()


def contents(node: Node, name: str) -> list[tuple[str, int, str]]:
    """Id, version and a hash of the words of every document, read without any of the product's
    code."""
    body = {
        "size": PAGE,
        "query": {"match_all": {}},
        "sort": [{"id": "asc"}],
        "version": True,
        "_source": [FIELD],
    }
    found: list[tuple[str, int, str]] = []
    while True:
        hits = node.request("POST", f"/{name}/_search", body).body["hits"]["hits"]
        found += [(hit["_id"], hit["_version"], words_hash(hit["_source"])) for hit in hits]
        if len(hits) < PAGE:
            return found
        body["search_after"] = hits[-1]["sort"]


def words_hash(source: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()


@pytest.mark.slow
def test_a_killed_node_costs_nothing(
    start_node: Callable[..., AbstractContextManager[Node]],
    index_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("LSR_OS_HOST", SOURCE.host)
    with start_node(OPENSEARCH_BARE, heap_mb=1024) as node:
        options = ConnectionOptions(retry_s=120)
        quiet = open_cluster(f"opensearch+{node.url}", f"{index_name}-quiet", options)
        load(quiet, lambda _number: None)
        # So that the node that comes back need not read all of this again.
        node.request("POST", f"/{quiet.name}/_flush", timeout_s=120)

        stormy = open_cluster(f"opensearch+{node.url}", f"{index_name}-stormy", options)
        restarts: list[threading.Thread] = []

        def kill_and_start() -> None:
            node.kill()
            node.start()

        def kill_in_the_middle(number: int) -> None:
            if number == DOCUMENTS // BATCH // 2:
                # While the next batches are on their way.
                timer = threading.Timer(0.5, kill_and_start)
                timer.start()
                restarts.append(timer)

        caplog.clear()
        load(stormy, kill_in_the_middle)
        # It was felt: something was sent to the node while it was not there, and sent again.
        assert [record.getMessage() for record in caplog.records if record.name == LOGGER]
        for restart in restarts:
            restart.join()
        node.wait_until_ready()
        stormy.settle()

        after_the_storm = contents(node, stormy.name)
        assert len(after_the_storm) == DOCUMENTS
        assert after_the_storm == contents(node, quiet.name)
        manifest = stormy.manifest(SOURCE.name)
        assert len(manifest) == DOCUMENTS
        assert not any(entry.pending or entry.problem for entry in manifest.values())
        for index in (quiet, stormy):
            index.close()
