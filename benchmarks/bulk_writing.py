"""How fast `BulkWriter` writes: against a loop tuned by hand, and against the client's own helper.

    python -m benchmarks.bulk_writing [--engines opensearch] [--documents 20000]

Starts nodes of its own, unless LSR_TEST_OPENSEARCH_URL or LSR_TEST_ELASTICSEARCH_URL names one.
The loop sends bodies that were made beforehand through the client's connections, without looking at
the items of the answers; its number of threads and its chunk size are the best of those that were
tried on the same node just before. The helper is `helpers.bulk` with its defaults, from
dictionaries. "index" is what a rebuild does with all of it around: `ClusterIndex.write` of batches
of documents, which it encodes, sends, and keeps in its manifest on disk. All ways write the same
documents of 100 terms, as the product makes them, into a new index of one shard without replicas,
in turns. A ratio is taken within each round, where both ways
met the same state of the machine: the table has the median of the rounds, the lowest and the
highest. The rates are medians over all rounds, each way for itself, so that on a machine that
changes its pace their quotient need not be the ratio.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Literal

import elasticsearch.helpers
import opensearchpy.helpers
import orjson

from benchmarks.results import tell
from benchmarks.synthetic import FIELD, collection, document_id
from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.documents import encode_document
from lsr_opensearch.engines.cluster.mapping import FieldType, index_body
from lsr_opensearch.engines.port import (
    Document,
    ManifestEntry,
    Schema,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from tests.cluster.nodes.endpoint import Endpoint
from tests.cluster.nodes.kinds import ELASTICSEARCH, OPENSEARCH38
from tests.cluster.nodes.runs import run_folder
from tests.cluster.nodes.start import create_node

Engine = Literal["opensearch", "elasticsearch"]

FIELD_TYPES: Mapping[Engine, FieldType] = {
    "opensearch": "rank_features",
    "elasticsearch": "sparse_vector",
}
URLS = {"opensearch": "LSR_TEST_OPENSEARCH_URL", "elasticsearch": "LSR_TEST_ELASTICSEARCH_URL"}
ALIAS, INDEX = "lsr-benchmark", "lsr-benchmark-1"
WHOLE = "lsr-benchmark-whole"
SOURCE = SourceBinding("synthetic", "here", "file:///nowhere")
# As many documents at once as a rebuild takes.
BATCH = 3000
SCHEMA = Schema("none", {FIELD: SparseField("image", "none")})
HEAP_MB = 2048
THREADS, CHUNKS = (1, 2, 3, 4), (500, 1000, 2000)
TRIED = 8000  # documents, to find the best of these
# The nodes of the tests start quickly and run slowly.
FOR_SPEED = "-XX:TieredStopAtLevel=4\n-XX:-UseSerialGC\n-XX:+UseG1GC\n"


@dataclass(frozen=True)
class Documents:
    """The same documents in each form that a way of writing begins with."""

    ids: Sequence[str]
    sources: Sequence[dict[str, Any]]
    texts: Sequence[bytes]
    batches: Sequence[WriteBatch] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, count: int) -> Documents:
        """The same, but no more than so many."""
        return Documents(self.ids[:count], self.sources[:count], self.texts[:count])


@dataclass(frozen=True)
class Run:
    """What one way needed for all documents."""

    seconds: float
    cpu_seconds: float


Way = Callable[[], None]


def documents(count: int) -> Documents:
    made = collection(count)
    ids = [document_id(number) for number in range(count)]
    given = [
        Document(
            ids[number],
            {FIELD: made.vector(number)},
            {"path": f"folder/IMG_{number:07}.jpg", "captions": ["two dogs at a window"]},
            revision=1,
        )
        for number in range(count)
    ]
    texts = [encode_document(each, source=SOURCE.name, fields=SCHEMA.fields) for each in given]
    entries = [
        ManifestEntry(str(each.metadata["path"]).encode(), 1, 1, f"{number:064x}", "", each.id)
        for number, each in enumerate(given)
    ]
    batches = [
        WriteBatch(
            SOURCE.name, given[start : start + BATCH], entries=entries[start : start + BATCH]
        )
        for start in range(0, count, BATCH)
    ]
    return Documents(ids, [orjson.loads(text) for text in texts], texts, batches)


@contextmanager
def node(engine: Engine) -> Iterator[Endpoint]:
    """The user's node, or one of our own that is run for speed."""
    if url := os.environ.get(URLS[engine]):
        yield Endpoint.of_user(engine, url)
        return
    kind = OPENSEARCH38 if engine == "opensearch" else ELASTICSEARCH
    print(f"starting a node of {kind.name} {kind.version}", file=sys.stderr)
    with create_node(kind, run_folder() / f"benchmark-{engine}", {}, HEAP_MB) as own:
        options = own.folder / "config" / "jvm.options.d"
        options.mkdir(exist_ok=True)
        (options / "speed.options").write_text(FOR_SPEED)
        own.start()
        own.wait_until_ready()
        yield own


def make_index(cluster: Endpoint, engine: Engine) -> None:
    """The benchmark's index, as the product makes it for a load, empty."""
    body = index_body(
        SCHEMA, ALIAS, engine=engine, field_type=FIELD_TYPES[engine], loading=True
    ) | {"aliases": {ALIAS: {}}}
    body["settings"]["index"]["number_of_shards"] = 1
    cluster.request("DELETE", f"/{INDEX}")
    answer = cluster.request("PUT", f"/{INDEX}", body)
    if answer.status != 200:
        raise SystemExit(f"the index was not made: {answer.body}")


def measured(cluster: Endpoint, engine: Engine, way: Way, count: int) -> Run:
    """One run into a new index; ends the program if a document is missing."""
    make_index(cluster, engine)
    gc.collect()
    began, cpu_began = time.perf_counter(), time.process_time()
    way()
    run = Run(time.perf_counter() - began, time.process_time() - cpu_began)
    cluster.request("POST", f"/{INDEX}/_refresh", timeout_s=120)
    found = cluster.request("GET", f"/{INDEX}/_count").body["count"]
    if found != count:
        raise SystemExit(f"{found} of {count} documents arrived")
    return run


def measured_whole(cluster: Endpoint, engine: Engine, given: Documents) -> Run:
    """One run by `ClusterIndex.write`, into a new index that it makes itself."""
    url = f"{engine}+{cluster.url}"
    with closing(open_engine(url, WHOLE, field_type=FIELD_TYPES[engine])) as index:
        index.create(SCHEMA)
        index.bind_source(SOURCE)
        gc.collect()
        began, cpu_began = time.perf_counter(), time.process_time()
        for batch in given.batches:
            if index.write(batch).rejected:
                raise SystemExit("the index rejected documents")
        run = Run(time.perf_counter() - began, time.process_time() - cpu_began)
        index.settle()
        if (found := index.status().documents) != len(given):
            raise SystemExit(f"{found} of {len(given)} documents arrived")
        index.drop()
    return run


def loop(client: Any, bodies: Sequence[bytes], threads: int) -> None:
    """The loop by hand."""

    def send(body: bytes) -> None:
        if isinstance(client, opensearchpy.OpenSearch):
            answer = client.transport.perform_request("POST", f"/{ALIAS}/_bulk", body=body)
        else:
            headers = {"accept": "application/json", "content-type": "application/x-ndjson"}
            answer = client.perform_request("POST", f"/{ALIAS}/_bulk", headers=headers, body=body)
        if answer["errors"]:
            raise SystemExit("the loop met an error")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, bodies))


def bodies(given: Documents, chunk: int) -> list[bytes]:
    lines = [
        b'{"index":{"_id":"%s"}}\n%s\n' % (key.encode(), text)
        for key, text in zip(given.ids, given.texts, strict=True)
    ]
    return [b"".join(lines[start : start + chunk]) for start in range(0, len(lines), chunk)]


def helper(client: Any, given: Documents) -> None:
    """The client's helper with its defaults."""
    helpers: Any = (
        opensearchpy.helpers
        if isinstance(client, opensearchpy.OpenSearch)
        else elasticsearch.helpers
    )
    helpers.bulk(
        client,
        (
            {"_index": ALIAS, "_id": key, "_source": source}
            for key, source in zip(given.ids, given.sources, strict=True)
        ),
    )


def write(connection: Connection, changes: Iterator[Change]) -> None:
    """The product's way."""

    def check(results: Sequence[Result]) -> None:
        if any(result.fate != "acknowledged" for result in results):
            raise SystemExit("the writer met an error")

    BulkWriter(connection, ALIAS).write(changes, check)


def ready(given: Documents) -> Iterator[Change]:
    return (Change(key, 1, text) for key, text in zip(given.ids, given.texts, strict=True))


def encoded(given: Documents) -> Iterator[Change]:
    return (
        Change(key, 1, orjson.dumps(source))
        for key, source in zip(given.ids, given.sources, strict=True)
    )


def best_loop(cluster: Endpoint, engine: Engine, client: Any, given: Documents) -> tuple[int, int]:
    """The number of threads and the chunk size with which the loop is fastest here."""
    seconds: dict[tuple[int, int], float] = {}
    prepared = {chunk: bodies(given, chunk) for chunk in CHUNKS}
    for _ in range(3):
        for threads, chunk in product(THREADS, CHUNKS):
            way = partial(loop, client, prepared[chunk], threads)
            run = measured(cluster, engine, way, len(given))
            key = (threads, chunk)
            seconds[key] = min(run.seconds, seconds.get(key, run.seconds))
    return min(seconds, key=lambda key: seconds[key])


def compare(engine: Engine, given: Documents, rounds: int) -> dict[str, object]:
    """One row of the table."""
    with node(engine) as cluster:
        client: Any = (
            opensearchpy.OpenSearch([cluster.url], timeout=120)
            if engine == "opensearch"
            else elasticsearch.Elasticsearch([cluster.url], request_timeout=120)
        )
        connection = open_connection(f"{engine}+{cluster.url}", ConnectionOptions(timeout_s=120))
        threads, chunk = best_loop(cluster, engine, client, given.first(TRIED))
        prepared = bodies(given, chunk)
        ways: dict[str, Way] = {
            "writer": lambda: write(connection, ready(given)),
            "loop": lambda: loop(client, prepared, threads),
            "writer, dictionaries": lambda: write(connection, encoded(given)),
            "helper": lambda: helper(client, given),
        }
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        whole: list[Run] = []
        order = list(ways)
        for number in range(rounds + 1):
            for name in order[number % 4 :] + order[: number % 4]:
                run = measured(cluster, engine, ways[name], len(given))
                rate = len(given) / run.seconds
                print(f"{engine} round {number}: {name} {rate:,.0f} docs/s", file=sys.stderr)
                if number:  # The first one warms up.
                    runs[name].append(run)
            run = measured_whole(cluster, engine, given)
            print(f"{engine} round {number}: index, {run.seconds:.2f} s", file=sys.stderr)
            if number:
                whole.append(run)
        connection.close()
        client.close()
        cluster.request("DELETE", f"/{INDEX}")
        version = cluster.version()
    return {
        "engine": f"{engine} {version}",
        **{f"{name} docs/s": _rate(runs[name], len(given)) for name in ways},
        "index docs/s": _rate(whole, len(given)),
        "loop threads x chunk": f"{threads} x {chunk}",
        **_ratios("writer / loop", runs["writer"], runs["loop"]),
        **_ratios("writer / helper", runs["writer, dictionaries"], runs["helper"]),
        **_ratios("index / helper", whole, runs["helper"]),
        "writer CPU us/doc": _cpu(runs["writer"], len(given)),
        "loop CPU us/doc": _cpu(runs["loop"], len(given)),
        "helper CPU us/doc": _cpu(runs["helper"], len(given)),
        "index CPU us/doc": _cpu(whole, len(given)),
    }


def _rate(runs: Sequence[Run], count: int) -> int:
    return round(count / statistics.median(run.seconds for run in runs))


def _ratios(name: str, ours: Sequence[Run], theirs: Sequence[Run]) -> dict[str, float]:
    """How many times as fast as the other: the median of the rounds, the lowest and the highest."""
    ratios = [other.seconds / own.seconds for own, other in zip(ours, theirs, strict=True)]
    return {
        name: statistics.median(ratios),
        f"{name}, lowest": min(ratios),
        f"{name}, highest": max(ratios),
    }


def _cpu(runs: Sequence[Run], count: int) -> float:
    return statistics.median(run.cpu_seconds for run in runs) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engines", nargs="+", choices=list(URLS), default=list(URLS))
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    given = documents(options.documents)
    with tempfile.TemporaryDirectory() as state:
        # What this machine remembers of clusters is left as it is.
        os.environ["LSR_OS_STATE_DIR"] = state
        rows = [compare(engine, given, options.rounds) for engine in options.engines]
    tell(
        "bulk_writing",
        rows,
        documents=options.documents,
        rounds=options.rounds,
        bytes_a_document=round(statistics.mean(map(len, given.texts))),
    )


if __name__ == "__main__":
    main()
