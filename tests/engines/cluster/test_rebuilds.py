"""What a rebuild leaves alone, and what it brings along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import pytest

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines import open_engine, state_folder
from lsr_opensearch.engines.port import Index
from lsr_opensearch.engines.rebuild import Rebuild
from lsr_opensearch.errors import RebuildError
from lsr_opensearch.indexing.bringing_over import BringOver
from lsr_opensearch.indexing.copying import copy_source, copy_words_again
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.rebuilding import RebuildOptions, rebuild_index
from tests.conftest import draw_picture
from tests.faults.plan import Fault
from tests.faults.server import FaultyCluster
from tests.faults.store import Stored
from tests.faults.watching import Passing, watching

from .conftest import Command, changed, serving_index


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
def test_documents_whose_source_is_not_registered_are_not_dropped(
    on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.delete("photos.sources")
    before = set(cluster.store.indexes)
    refused = on_cluster("reindex", "--drop-old")
    assert refused.status == 1
    assert "6 pictures of 'album'" in refused.err
    assert "verify" in refused.err
    assert "--leave-out album" in refused.err
    assert set(cluster.store.indexes) == before
    assert on_cluster("verify", "--repair").status == 0
    done = on_cluster("reindex", "--drop-old")
    assert done.status == 0, done.err
    assert len(serving_index(cluster).visible) == 6


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(("source", "named"), [("other", "'other'"), (None, "no source at all")])
def test_single_documents_of_no_registered_source_are_left_out_by_name(
    on_cluster: Command, cluster: FaultyCluster, source: str | None, named: str
) -> None:
    changed(cluster, "a.png", source=source)
    refused = on_cluster("reindex")
    assert refused.status == 1
    assert f"1 picture of {named}" in refused.err
    done = on_cluster("reindex", "--leave-out", source or "")
    assert done.status == 0, done.err
    assert "left out" in done.err
    assert len(serving_index(cluster).visible) == 5


@pytest.mark.usefixtures("indexed")
def test_a_registry_that_is_lost_while_it_is_rebuilt_stops_the_swap(
    cluster: FaultyCluster, tmp_path: Path
) -> None:
    @contextmanager
    def lost_meanwhile(_: str) -> Iterator[None]:
        yield
        cluster.store.delete("photos.sources")

    (before,) = cluster.store.behind("photos")
    cache = EncodingCache(tmp_path / "encodings.sqlite")
    with (
        closing(cache),
        closing(open_engine(f"opensearch+{cluster.url}", "photos")) as index,
        pytest.raises(RebuildError, match="6 pictures of 'album'"),
    ):
        rebuild_index(index, load_encoder("basic"), cache, RebuildOptions(), lost_meanwhile)
    assert cluster.store.behind("photos") == [before]


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
    with old_and_new(cluster) as (old, new):
        for _ in range(2):
            copy_source(old, new, "album")
        assert new.manifest("album") == old.manifest("album")
        assert new.manifest("album")[b"broken.png"].problem


def test_of_a_source_that_is_left_out_after_all_nothing_is_remembered(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster, tmp_path: Path
) -> None:
    (indexed / "broken.png").write_bytes(b"no picture")
    assert on_cluster("index", indexed).status == 3
    with (
        closing(open_engine(f"opensearch+{cluster.url}", "photos")) as index,
        closing(EncodingCache(tmp_path / "encodings.sqlite")) as cache,
    ):
        schema, (album,) = index.schema(), index.sources()
        assert schema is not None
        rebuild = index.rebuild(schema)
        bring_over = BringOver(
            index,
            rebuild,
            load_encoder("basic"),
            cache,
            is_copy=True,
            prune=False,
            workers=1,
            show_progress=lambda _: nullcontext(),
        )
        assert bring_over.source(album, is_last=False).documents == 6
        assert len(rebuild.index.manifest("album")) == 7
        bring_over.leave_out(album)
        assert rebuild.index.manifest("album") == {}
        assert list(rebuild.index.document_ids()) == []


def test_a_copy_of_what_was_there_before_a_pending_change_is_written_again(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    draw_picture(indexed / "a.png", "blue")
    cluster.plan.only = "_bulk"
    cluster.plan.set([], Fault("unauthorized"))
    assert on_cluster("index", indexed).status == 1
    cluster.plan.clear()
    assert on_cluster("reindex", "--drop-old").status == 0
    for path in Path(state_folder()).glob("clusters.sqlite*"):
        path.unlink()
    assert on_cluster("index", indexed).out == "album: 1 changed, 5 unchanged\n"


@pytest.mark.usefixtures("indexed")
def test_documents_that_lack_their_words_are_not_copied(cluster: FaultyCluster) -> None:
    lose_words(cluster, "photos", "c.png")
    with old_and_new(cluster) as (old, new):
        with pytest.raises(RebuildError, match=r"c\.png"):
            copy_source(old, new, "album")
        assert list(new.document_ids()) == []


@pytest.mark.usefixtures("indexed")
def test_words_that_an_earlier_copy_has_not_brought_along_are_copied(
    cluster: FaultyCluster,
) -> None:
    """Ids and revisions of such a copy are as they should be."""
    with old_and_new(cluster) as (old, new):
        copy_source(old, new, "album")
        lose_words(cluster, "copy", "c.png")
        copy_source(old, new, "album")
        ids = list(old.document_ids())
        assert new.fetch(ids) != old.fetch(ids)
        assert copy_words_again(old, new, "album") == 1
        assert new.fetch(ids) == old.fetch(ids)
        assert copy_words_again(old, new, "album") == 0


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("at", ["deleting", "thawing"])
def test_giving_a_rebuild_up_leaves_alone_what_serves_by_then(
    at: str, cluster: FaultyCluster
) -> None:
    """Somebody else finishes it just before it would be deleted, or the old one be written to."""
    with rebuild_watched(cluster, at) as rebuild:
        rebuild.freeze()
        with pytest.raises(RebuildError, match="finished or abandoned from elsewhere"):
            rebuild.abandon()
    assert serving_index(cluster).name == "photos-000002"
    assert cluster.store.indexes["photos-000001"].settings["index.blocks.write"] == "true"


@pytest.mark.usefixtures("indexed")
def test_giving_a_rebuild_up_twice_is_as_good_as_once(cluster: FaultyCluster) -> None:
    """The answer is lost, and what is asked again finds nothing to do."""
    with rebuild_watched(cluster, "") as rebuild:
        rebuild.freeze()
        cluster.plan.only = "_aliases"
        cluster.plan.set([Fault("drop_after")])
        rebuild.abandon()
    assert set(cluster.store.indexes) == {"photos-000001", "photos.sources"}
    assert serving_index(cluster).settings["index.blocks.write"] is None


@contextmanager
def rebuild_watched(cluster: FaultyCluster, at: str) -> Iterator[Rebuild]:
    """A rebuild that somebody else finishes ``at`` a step of giving it up."""

    def finish(passing: Passing) -> bool:
        path = passing.path
        steps = {
            "deleting": passing.method == "DELETE" or path == "/_aliases",
            "thawing": passing.method == "PUT" and path.startswith("/photos-000001/_settings"),
        }
        if steps.get(at) and not passing.is_answered and "photos.next" in cluster.store.aliases:
            name = {"alias": "photos"}
            cluster.store.change_aliases(
                [
                    {"remove": {"index": "photos-000001", **name}},
                    {"add": {"index": "photos-000002", **name}},
                    {"remove": {"index": "photos-000002", "alias": "photos.next"}},
                ]
            )
        return True

    with (
        watching(cluster.url, finish) as url,
        closing(open_engine(f"opensearch+{url}", "photos")) as index,
    ):
        schema = index.schema()
        assert schema is not None
        yield index.rebuild(schema)


@contextmanager
def old_and_new(cluster: FaultyCluster) -> Iterator[tuple[Index, Index]]:
    """The index, and an empty one with its fields and source."""
    url = f"opensearch+{cluster.url}"
    with closing(open_engine(url, "photos")) as old, closing(open_engine(url, "copy")) as new:
        schema, (album,) = old.schema(), old.sources()
        assert schema is not None
        new.create(schema)
        new.bind_source(album)
        yield old, new


def lose_words(cluster: FaultyCluster, index: str, path: str) -> None:
    """Take the words out of a document that keeps its version."""
    (found,) = cluster.store.behind(index)
    for key, stored in list(found.documents.items()):
        if stored.source and stored.source["path"] == path:
            bare = {name: value for name, value in stored.source.items() if name != "image_terms"}
            found.documents[key] = Stored(stored.version, bare)
    found.refresh()
