"""What somebody changed behind our back, and what `lsr-os verify --repair` makes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.rebinding import on_one_folder
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.port import SourceBinding
from tests.conftest import draw_picture
from tests.faults.server import FaultyCluster

from .conftest import Command, changed, problems, serving_index, verified


def sources(cluster: FaultyCluster) -> list[str]:
    """The source of each document."""
    documents = serving_index(cluster).documents.values()
    return [document.source["source"] for document in documents if document.source]


@pytest.mark.parametrize("is_registry_lost", [False, True])
def test_a_document_of_another_source_name_does_not_take_the_folder(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster, is_registry_lost: bool
) -> None:
    changed(cluster, "a.png", source="other")
    if is_registry_lost:
        cluster.store.delete("photos.sources")
    done = on_cluster("verify", "--repair")
    assert done.status == 0, done.out + done.err
    assert "Mended: album: 1 picture indexed again." in done.out
    assert sources(cluster) == ["album"] * 6
    assert verified(on_cluster, "--repair")[0]["repaired"] == []


def test_a_document_whose_words_were_changed_is_written_again(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    before = terms(cluster)
    changed(cluster, "a.png", image_terms={"spam": 3.0})
    (found,) = verified(on_cluster)
    assert found["differs"] == ["a.png"]
    (found,) = verified(on_cluster, "--repair")
    assert found["repaired"] == ["album: 1 picture indexed again."]
    assert terms(cluster) == before
    assert verified(on_cluster, "--repair")[0]["repaired"] == []


@pytest.mark.parametrize(
    "foreign", [{"dog": "3.0"}, {"dog": None}, {"100%": 1}, {"a.b": 1}, [{"dog": 1.0}]]
)
def test_words_that_are_not_ours_are_found_and_written_again(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster, foreign: object
) -> None:
    before = terms(cluster)
    changed(cluster, "a.png", image_terms=foreign)
    assert verified(on_cluster)[0]["differs"] == ["a.png"]
    done = on_cluster("reindex")
    assert done.status == 1
    assert "Traceback" not in done.err
    (found,) = verified(on_cluster, "--repair")
    assert found["repaired"] == ["album: 1 picture indexed again."]
    assert terms(cluster) == before


def terms(cluster: FaultyCluster) -> dict[str, dict[str, float]]:
    """Path -> the words of the picture."""
    documents = serving_index(cluster).documents.values()
    sources = [document.source for document in documents if document.source]
    return {source["path"]: source["image_terms"] for source in sources}


def test_two_sources_on_one_folder_are_told_and_end_no_repair(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    with closing(
        open_connection(f"opensearch+{cluster.url}", ConnectionOptions(), {})
    ) as connection:
        registry = Registry(connection, "photos")
        (album,) = registry.bindings()
        registry.bind(replace(album, name="other"))
    for _ in range(2):
        done = on_cluster("verify", "--repair")
        assert "Damage: The sources 'album' and 'other' stand for the same folder" in done.out
        assert f"lsr-os forget --url opensearch+{cluster.url} other" in done.out
        assert "already the source" not in done.err
    (finding,) = problems(on_cluster, "sources")
    assert finding["remedy"].endswith(" other")
    assert on_cluster("forget", "other", "--yes").status == 0
    assert on_cluster("verify").status == 0
    assert sources(cluster) == ["album"] * 6


def test_folders_that_only_look_alike_are_two() -> None:
    folder = SourceBinding("a", "here", "file:///photos")
    others = [
        SourceBinding("b", "there", "file:///photos"),
        SourceBinding("c", "here", "file:///photos/below"),
        SourceBinding("d", "", ""),
        SourceBinding("e", "", ""),
    ]
    assert list(on_one_folder([folder, *others])) == []
    ((wrong, remedy),) = on_one_folder([folder, SourceBinding("it's", "here", "file:///photos")])
    assert "file:///photos on here" in wrong
    assert """lsr-os forget 'it'"'"'s'""" in remedy


def test_an_index_run_tells_that_documents_were_deleted_behind_its_back(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    deleted(cluster, "a.png")
    done = on_cluster("index", indexed)
    assert done.out == "album: 6 unchanged\n"
    assert "The index has 5 documents of 'album', and 6 were written" in done.err
    assert f"lsr-os verify --url opensearch+{cluster.url} --repair" in done.err
    assert on_cluster("verify", "--repair").status == 0
    assert on_cluster("index", indexed).err == ""


def test_a_run_that_mends_it_tells_nothing(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    deleted(cluster, "a.png")
    draw_picture(indexed / "a.png", "blue")
    done = on_cluster("index", indexed)
    assert (done.out, done.err) == ("album: 1 changed, 5 unchanged\n", "")


def deleted(cluster: FaultyCluster, path: str) -> None:
    """Delete a document as another program does."""
    index = serving_index(cluster)
    for key, stored in list(index.documents.items()):
        if stored.source and stored.source["path"] == path:
            index.write("delete", key, None, None)
    index.refresh()
