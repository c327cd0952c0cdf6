"""A source that is forgotten while somebody still writes to it, and a cluster away in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tenacity import wait_fixed

from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.port import (
    Document,
    ManifestEntry,
    Schema,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from lsr_opensearch.errors import ClusterIndexError, SourceError
from tests.faults.plan import Fault
from tests.faults.server import FaultyCluster

from .conftest import INDEX, changed, serving_index

SCHEMA = Schema("none", {"image_terms": SparseField("image", "space")})
ALBUM = SourceBinding("album", "here", "file:///album")
Opened = Callable[..., ClusterIndex]


@pytest.fixture
def opened(cluster: FaultyCluster, tmp_path: Path) -> Iterator[Opened]:
    """The index as a process of its own sees it; in each pause between requests it does ``then``.

    One request is one try, but for what has the patience of bulk requests.
    """
    with ExitStack() as stack:

        def open_one(name: str, then: Callable[[], None] = lambda: None) -> ClusterIndex:
            connection = open_connection(
                f"opensearch+{cluster.url}", ConnectionOptions(retry_s=1e-6), {}
            )
            policy = BulkPolicy(wait=wait_fixed(0.01), sleep=lambda _seconds: then())
            state = StateFile(tmp_path / f"{name}.sqlite")
            index = ClusterIndex(connection, INDEX, state, "here", policy=policy)
            stack.callback(index.close)
            index.create(SCHEMA)
            index.bind_source(ALBUM)
            return index

        yield open_one


def batch(*names: str) -> WriteBatch:
    words = {"image_terms": {"dog": 1.0}}
    return WriteBatch(
        "album",
        [Document(name, words, {"path": name}, revision=7) for name in names],
        entries=[ManifestEntry(name.encode(), 1, 1, "", "", name) for name in names],
    )


def left(cluster: FaultyCluster) -> list[str]:
    documents = serving_index(cluster).documents
    return sorted(key for key, stored in documents.items() if stored.source is not None)


@pytest.mark.parametrize("is_bound_again", [False, True])
def test_what_arrives_after_its_source_was_forgotten_does_not_stay(
    is_bound_again: bool, opened: Opened, cluster: FaultyCluster
) -> None:
    other = opened("other")
    other.write(batch("a", "b"))

    forgotten: list[int] = []

    def forget() -> None:
        if forgotten:
            return
        forgotten.append(other.forget_source("album"))
        if is_bound_again:
            other.bind_source(SourceBinding("album", "there", "file:///elsewhere"))

    late = opened("late", then=forget)
    cluster.plan.only = "_bulk"
    cluster.plan.set([Fault("overloaded")])
    with pytest.raises(SourceError, match="forgotten"):
        late.write(batch("c"))
    assert forgotten == [2]
    assert left(cluster) == []
    assert late.manifest("album") == {}


def test_what_is_written_while_its_source_is_being_forgotten_goes_too(
    opened: Opened, cluster: FaultyCluster
) -> None:
    """Its deletion is superseded, and counts only once it is done."""
    index = opened("one", then=lambda: changed(cluster, "a"))
    index.write(batch("a", "b"))
    cluster.plan.only = "_bulk"
    cluster.plan.set([Fault("overloaded")])
    assert index.forget_source("album") == 2
    assert left(cluster) == []
    assert index.sources() == []


def test_a_source_that_somebody_goes_on_filling_stays_bound(
    opened: Opened, cluster: FaultyCluster
) -> None:
    index = opened("one", then=lambda: changed(cluster, "a"))
    index.write(batch("a"))
    cluster.plan.only = "_bulk"
    cluster.plan.set([Fault("overloaded"), Fault("none")] * 20)
    with pytest.raises(ClusterIndexError, match="another program"):
        index.forget_source("album")
    assert index.sources() == [ALBUM]


def test_a_cluster_that_is_away_between_two_batches_is_waited_for(
    opened: Opened, cluster: FaultyCluster
) -> None:
    index = opened("one")
    index.write(batch("a"))
    cluster.plan.set([Fault("unavailable"), Fault("drop_before")])
    index.write(batch("b"))
    assert left(cluster) == ["a", "b"]
