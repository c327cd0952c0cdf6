"""A cluster with faults to write to, and a record of what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.connection.port import Connection
from tests.faults.server import FaultyCluster, serving

from .ledger import POLICY, make_index


@pytest.fixture(scope="module")
def shared_cluster() -> Iterator[FaultyCluster]:
    with serving() as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: FaultyCluster) -> FaultyCluster:
    """With one index, ``photos-000001``, behind the alias ``photos``, and no faults."""
    shared_cluster.wait_until_idle()
    shared_cluster.reset()
    make_index(shared_cluster.store)
    return shared_cluster


@pytest.fixture
def connection(cluster: FaultyCluster) -> Iterator[Connection]:
    opened = open_connection(f"opensearch+{cluster.url}", ConnectionOptions(timeout_s=10), {})
    yield opened
    opened.close()


@pytest.fixture
def writer(connection: Connection) -> Callable[..., BulkWriter]:
    """Makes a writer to ``photos``."""

    def made(policy: BulkPolicy = POLICY, target: str = "photos") -> BulkWriter:
        return BulkWriter(connection, target, policy=policy)

    return made
