"""What a rebuild leaves alone, and what it brings along."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lsr_opensearch.engines import open_engine
from lsr_opensearch.indexing.copying import copy_source
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


@pytest.mark.usefixtures("indexed")
def test_an_index_that_is_being_built_counts_its_own_documents(cluster: FaultyCluster) -> None:
    with closing(open_engine(f"opensearch+{cluster.url}", "photos")) as index:
        schema = index.schema()
        assert schema is not None
        assert index.rebuild(schema).index.source_counts() == {}
        assert index.source_counts() == {"album": 6}


def test_a_copy_knows_what_was_skipped(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    (indexed / "broken.png").write_bytes(b"no picture")
    assert on_cluster("index", indexed).status == 3
    url = f"opensearch+{cluster.url}"
    with closing(open_engine(url, "photos")) as old, closing(open_engine(url, "copy")) as new:
        schema, (album,) = old.schema(), old.sources()
        assert schema is not None
        new.create(schema)
        new.bind_source(album)
        for _ in range(2):
            copy_source(old, new, album.name)
        assert new.manifest(album.name) == old.manifest(album.name)
        assert new.manifest(album.name)[b"broken.png"].problem
