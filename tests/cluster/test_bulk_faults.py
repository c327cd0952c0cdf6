"""Bulk writing to real nodes that are killed, overloaded, blocked, closed, or hard to reach."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from tenacity import wait_random_exponential

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.connection.port import Connection, ConnectionFailure, Response
from lsr_opensearch.errors import ClusterBlockedError, ClusterIndexError
from tests.engines.cluster.bulk.ledger import Ledger
from tests.faults.proxy import Proxy, proxying

from .nodes.endpoint import Endpoint
from .nodes.kinds import ELASTICSEARCH, OPENSEARCH2, NodeKind
from .nodes.node import Node

StartNode = Callable[..., AbstractContextManager[Node]]

POLICY = BulkPolicy(changes_per_request=100, wait=wait_random_exponential(multiplier=0.05, max=1))
OWN_NODES = pytest.mark.parametrize(
    "kind", [OPENSEARCH2, ELASTICSEARCH], ids=["opensearch", "elasticsearch"]
)
_MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        "value": {"type": "integer"},
        "filling": {"type": "keyword", "index": False, "doc_values": False},
    },
}


class Recorded:
    """A connection that notes what has come back.

    Attributes:
        seen: how often each status of a request came, each status of an item (``item 429``), each
            kind of failure, and ``cut`` for what was no JSON.
    """

    def __init__(self, connection: Connection) -> None:
        self.url = connection.url
        self.seen: Counter[str] = Counter()
        self._connection = connection

    def send(self, *arguments: Any, **options: Any) -> Response:
        try:
            response = self._connection.send(*arguments, **options)
        except ConnectionFailure as failure:
            self.seen[failure.kind] += 1
            raise
        self.seen[str(response.status)] += 1
        if response.ok and isinstance(response.body, dict):
            for item in response.body["items"]:
                for said in item.values():
                    self.seen[f"item {said['status']}"] += 1
        elif response.ok:
            self.seen["cut"] += 1
        return response


@contextmanager
def connected(node: Endpoint, url: str = "", timeout_s: float = 30) -> Iterator[Connection]:
    options = ConnectionOptions(timeout_s=timeout_s)
    connection = open_connection(f"{node.engine}+{url or node.url}", options, {})
    yield connection
    connection.close()


def make_index(node: Endpoint, alias: str, number: int = 1) -> str:
    """An index behind the alias that takes integers: its name."""
    index = f"{alias}-{number}"
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    body = {"settings": settings, "mappings": _MAPPINGS, "aliases": {alias: {}}}
    assert node.request("PUT", f"/{index}", body).status == 200
    return index


def document(number: int, revision: int = 1, filling: int = 0) -> Change:
    text = ',"filling":"%s"' % ("x" * filling) if filling else ""
    return Change(f"id-{number}", revision, b'{"value":%d%s}' % (number, text.encode()))


def contents(node: Endpoint, index: str) -> list[tuple[str, int, int]]:
    """Id, version and value of every document, read without any of the product's code."""
    assert node.request("POST", f"/{index}/_refresh").status == 200
    body: dict[str, Any] = {
        "size": 10_000,
        "sort": ["value"],
        "version": True,
        "_source": ["value"],
    }
    found: list[tuple[str, int, int]] = []
    while True:
        hits = node.request("POST", f"/{index}/_search", body).body["hits"]["hits"]
        found += [(hit["_id"], hit["_version"], hit["_source"]["value"]) for hit in hits]
        if len(hits) < 10_000:
            return found
        body["search_after"] = hits[-1]["sort"]


def expected(count: int, revision: int = 1) -> list[tuple[str, int, int]]:
    return [(f"id-{number}", revision, number) for number in range(count)]


def write(
    node: Endpoint, alias: str, changes: Sequence[Change], policy: BulkPolicy = POLICY
) -> Ledger:
    """Write over a connection of its own: the results."""
    ledger = Ledger()
    with connected(node) as connection:
        BulkWriter(connection, alias, policy=policy).write(changes, ledger)
    return ledger


@OWN_NODES
def test_a_node_that_is_killed_and_comes_back_has_everything(
    kind: NodeKind, start_node: StartNode, index_name: str
) -> None:
    changes = [document(number) for number in range(20_000)]
    ledger = Ledger()
    with start_node(kind) as node, connected(node) as connection:
        index = make_index(node, index_name)
        recorded = Recorded(connection)
        back = threading.Thread(target=node.restart)

        def kill_once(results: Sequence[Result]) -> None:
            ledger(results)
            if len(ledger.results) >= 3_000 and not back.ident:
                node.kill()
                back.start()

        BulkWriter(cast(Connection, recorded), index_name, policy=POLICY).write(changes, kill_once)
        back.join()

        assert ledger.fates == {"acknowledged": 20_000}
        assert recorded.seen["unreachable"]
        assert contents(node, index) == expected(20_000)


@OWN_NODES
def test_a_narrow_node_takes_everything_but_what_no_request_can_carry(
    kind: NodeKind, start_node: StartNode, index_name: str
) -> None:
    narrow = {
        "thread_pool.write.size": 1,
        "thread_pool.write.queue_size": 1,
        "indexing_pressure.memory.limit": "400kb",
        "http.max_content_length": "1mb",
    }
    large = replace(POLICY, changes_per_request=5_000)
    with start_node(kind, settings=narrow) as node, connected(node) as connection:
        recorded = Recorded(connection)

        def load(name: str, changes: Sequence[Change], policy: BulkPolicy) -> Counter[str]:
            index = make_index(node, name)
            ledger = Ledger()
            recorded.seen.clear()
            BulkWriter(cast(Connection, recorded), name, policy=policy).write(changes, ledger)
            assert ledger.fates == {"acknowledged": len(changes)}
            assert contents(node, index) == expected(len(changes))
            return Counter(recorded.seen)

        filled = [document(number, filling=1000) for number in range(4_000)]
        seen = load(f"{index_name}-size", filled, large)
        assert seen["413"]
        assert seen["429"]

        small = [document(number) for number in range(5_000)]
        many = replace(POLICY, changes_per_request=20, requests=12)
        seen = load(f"{index_name}-queue", small, many)
        assert seen["item 429"]

        too_large = document(5_000, filling=2 << 20)
        rejected = write(node, f"{index_name}-queue", [*small[:5], too_large, *small[5:10]])
        assert rejected.fates == {"acknowledged": 10, "rejected": 1}
        assert "2.0 MiB" in rejected.reasons["id-5000"]

        limit = {"transient": {"network.breaker.inflight_requests.limit": "20kb"}}
        assert node.request("PUT", "/_cluster/settings", limit).status == 200
        seen = load(f"{index_name}-breaker", small[:2_000], large)
        assert seen["429"]


@pytest.mark.parametrize("block", ["read_only_allow_delete", "write", "read_only"])
def test_a_blocked_index_is_an_error_and_takes_the_rest_afterwards(
    node: Endpoint, index_name: str, block: str
) -> None:
    index = make_index(node, index_name)
    setting = f"index.blocks.{block}"
    changes = [document(number) for number in range(1_000)]
    ledger = Ledger()

    def block_once(results: Sequence[Result]) -> None:
        ledger(results)
        if len(ledger.results) == 200:
            assert node.request("PUT", f"/{index}/_settings", {setting: True}).status == 200

    with connected(node) as connection:
        writer = BulkWriter(connection, index_name, policy=POLICY)
        with pytest.raises(ClusterBlockedError) as caught:
            writer.write(changes, block_once)
        assert node.request("PUT", f"/{index}/_settings", {setting: None}).status == 200
        left = ledger.pending(changes)
        writer.write(left, ledger)

    assert "nearly full" in str(caught.value) or "blocked" in str(caught.value)
    assert len(left) >= 400
    assert ledger.fates == {"acknowledged": 1_000}
    assert contents(node, index) == expected(1_000)


def test_a_full_disk_is_told_from_other_blocks(node: Endpoint, index_name: str) -> None:
    index = make_index(node, index_name)
    node.request("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})

    with pytest.raises(ClusterBlockedError, match="a disk of the cluster is nearly full"):
        write(node, index_name, [document(1)])


def test_a_document_that_does_not_fit_the_mapping_is_rejected_alone(
    node: Endpoint, index_name: str
) -> None:
    index = make_index(node, index_name)
    no_number = Change("text", 1, b'{"value":"many"}')
    no_field = Change("field", 1, b'{"colour":"red"}')

    ledger = write(node, index_name, [document(0), no_number, no_field, document(1)])

    assert ledger.fates == {"acknowledged": 2, "rejected": 2}
    assert "many" in ledger.reasons["text"]
    assert "colour" in ledger.reasons["field"]
    assert contents(node, index) == expected(2)


def test_an_id_that_is_too_long_is_rejected_alone(node: Endpoint, index_name: str) -> None:
    index = make_index(node, index_name)
    changes = [document(number) for number in range(50)]

    ledger = write(node, index_name, [*changes[:20], Change("x" * 600, 1, b"{}"), *changes[20:]])

    assert ledger.fates == {"acknowledged": 50, "rejected": 1}
    assert "too long" in ledger.reasons["x" * 600]
    assert contents(node, index) == expected(50)


def test_a_closed_index_is_an_error(node: Endpoint, index_name: str) -> None:
    index = make_index(node, index_name)
    assert node.request("POST", f"/{index}/_close").status == 200

    with pytest.raises(ClusterIndexError, match="is closed"):
        write(node, index_name, [document(1)])


def test_a_missing_alias_is_an_error_and_nothing_is_made(node: Endpoint, index_name: str) -> None:
    with pytest.raises(ClusterIndexError, match="is gone, or it is not an alias"):
        write(node, index_name, [document(1)])

    assert node.request("GET", f"/{index_name}").status == 404


def test_an_index_in_place_of_the_alias_is_an_error(node: Endpoint, index_name: str) -> None:
    index = make_index(node, index_name)

    with pytest.raises(ClusterIndexError, match="is gone, or it is not an alias"):
        write(node, index, [document(1)])


def test_an_alias_of_two_indices_is_an_error(node: Endpoint, index_name: str) -> None:
    make_index(node, index_name)
    make_index(node, index_name, 2)

    with pytest.raises(ClusterIndexError, match="several indices"):
        write(node, index_name, [document(1)])


def test_the_later_revision_wins_whichever_is_written_last(node: Endpoint, index_name: str) -> None:
    index = make_index(node, index_name)
    deleted = Change("id-9", 7, None)

    first = write(node, index_name, [*(document(n, revision=5) for n in range(3)), deleted])
    late = write(node, index_name, [document(0, revision=4), document(9, revision=6)])
    again = write(node, index_name, [document(1, revision=5), document(2, revision=6)])

    assert first.fates == {"acknowledged": 4}
    assert late.fates == {"superseded": 2}
    assert again.fates == {"acknowledged": 2}
    assert contents(node, index) == [("id-0", 5, 0), ("id-1", 5, 1), ("id-2", 6, 2)]


def _slow(proxy: Proxy) -> None:
    proxy.behave(delay_s=30)


def _resetting(proxy: Proxy) -> None:
    proxy.behave(reset_after=1)


def _cutting(proxy: Proxy) -> None:
    proxy.behave(close_after=700)


def _silent(proxy: Proxy) -> None:
    proxy.behave(blackhole=True)


def _refusing(proxy: Proxy) -> None:
    proxy.behave(reset_after=0, refuse=True)


@pytest.mark.parametrize("misbehave", [_slow, _resetting, _cutting, _silent, _refusing])
def test_answers_that_are_lost_on_the_way_cost_nothing(
    node: Endpoint, index_name: str, misbehave: Callable[[Proxy], None]
) -> None:
    index = make_index(node, index_name)
    changes = [document(number) for number in range(3_000)]
    ledger = Ledger()
    parts = urlsplit(node.url)
    if parts.scheme != "http" or parts.port is None:
        pytest.skip("the proxy carries plain HTTP only")
    with (
        proxying(parts.port, parts.hostname or "") as proxy,
        connected(node, proxy.url, timeout_s=0.5) as connection,
    ):
        recorded = Recorded(connection)
        better = threading.Timer(1.0, proxy.behave)

        def misbehave_once(results: Sequence[Result]) -> None:
            ledger(results)
            if len(ledger.results) >= 500 and not better.ident:
                misbehave(proxy)
                better.start()

        writer = BulkWriter(cast(Connection, recorded), index_name, policy=POLICY)
        writer.write(changes, misbehave_once)
        better.join()

    assert any(recorded.seen[lost] for lost in ("timeout", "reset", "unreachable", "cut"))
    assert ledger.fates == {"acknowledged": 3_000}
    assert contents(node, index) == expected(3_000)
