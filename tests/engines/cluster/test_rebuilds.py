"""What a rebuild leaves alone, and what it brings along."""

from __future__ import annotations

from pathlib import Path

from tests.faults.server import FaultyCluster

from .conftest import Command, serving_index


def test_a_closed_index_is_told_before_anything_is_made(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    serving_index(cluster).closed = True
    before = set(cluster.store.indexes)
    done = on_cluster("reindex")
    assert done.status == 1
    assert "closed" in done.err
    assert set(cluster.store.indexes) == before
