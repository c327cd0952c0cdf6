"""A machine whose clock was a day ahead, and was set right since: what it writes now still wins."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lsr_opensearch import Item, PhotoIndex
from lsr_opensearch.engines import open_engine
from tests.conftest import draw_picture
from tests.faults.server import FaultyCluster

from .conftest import Command, draw_album, serving_index, verified

DAY_NS = 86_400_000_000_000
_now_ns = time.time_ns


@contextmanager
def a_day_ahead() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: _now_ns() + DAY_NS)
        yield


@pytest.fixture
def early(tmp_path: Path, on_cluster: Command) -> Path:
    """Six pictures, indexed a day ahead."""
    folder = draw_album(tmp_path / "album", "abcdef")
    with a_day_ahead():
        assert on_cluster("index", folder).status == 0
    return folder


def paths(cluster: FaultyCluster) -> list[str]:
    documents = serving_index(cluster).documents.values()
    return sorted(document.source["path"] for document in documents if document.source)


def test_a_changed_picture_is_written(early: Path, on_cluster: Command) -> None:
    draw_picture(early / "a.png", "blue")
    assert on_cluster("index", early).out == "album: 1 changed, 5 unchanged\n"
    done = on_cluster("index", early)
    assert (done.out, done.err) == ("album: 6 unchanged\n", "")
    assert on_cluster("verify").status == 0


def test_a_picture_that_is_gone_is_deleted(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    (early / "a.png").unlink()
    done = on_cluster("index", early)
    assert (done.out, done.err) == ("album: 1 removed, 5 unchanged\n", "")
    assert paths(cluster) == ["b.png", "c.png", "d.png", "e.png", "f.png"]


def test_a_file_that_is_no_picture_any_more_loses_its_document(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    (early / "a.png").write_bytes(b"no picture")
    (early / "g.png").write_bytes(b"no picture either")
    assert on_cluster("index", early).status == 3
    assert paths(cluster) == ["b.png", "c.png", "d.png", "e.png", "f.png"]


def test_a_document_of_no_file_is_deleted_by_a_repair(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    index = serving_index(cluster)
    version, source = next((one.version, one.source) for one in index.documents.values())
    index.write("index", "stray", {**(source or {}), "path": "stray.png"}, version)
    (found,) = verified(on_cluster, "--repair")
    assert "album: 1 document of no file deleted." in found["repaired"]
    assert "stray.png" not in paths(cluster)


@pytest.mark.usefixtures("early")
def test_what_another_machine_wrote_with_such_a_clock_is_told_and_mended(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    index = serving_index(cluster)
    for key, stored in list(index.documents.items()):
        index.write("index", key, stored.source, stored.version + 10**9)
    draw_picture(early / "a.png", "blue")
    (early / "b.png").unlink()
    done = on_cluster("index", "--json", early)
    report = json.loads(done.out)
    assert (report["changed"], report["removed"]) == (0, 0)
    assert "2 pictures stayed as the index has them" in " ".join(report["notes"])
    done = on_cluster("verify", "--repair")
    assert done.status == 0, done.out
    assert paths(cluster) == ["a.png", "c.png", "d.png", "e.png", "f.png"]
    done = on_cluster("index", early)
    assert (done.out, done.err) == ("album: 5 unchanged\n", "")


def test_items_of_a_program_are_written(cluster: FaultyCluster, tmp_path: Path) -> None:
    item = Item("mine", image=draw_picture(tmp_path / "a.png"), captions=["A lighthouse"])
    url = f"opensearch+{cluster.url}"
    with closing(PhotoIndex(open_engine(url, "photos"))) as index:
        with a_day_ahead():
            assert index.add([item]).new == 1
        report = index.add([Item("mine", captions=["A harbour"])])
        assert (report.changed, report.notes) == (1, [])
        assert index.engine.fetch(["mine"])["mine"].metadata["captions"] == ["A harbour"]


def test_a_source_that_was_forgotten_comes_back(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    """The cluster remembers the deletions, at the revisions of a day that has not come yet."""
    assert on_cluster("forget", early, "--yes").status == 0
    assert paths(cluster) == []
    done = on_cluster("index", early)
    assert (done.out, done.err) == ("album: 6 new\n", "")
    assert len(paths(cluster)) == 6
    assert on_cluster("verify").status == 0


def test_a_picture_that_was_gone_comes_back(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    content = (early / "a.png").read_bytes()
    (early / "a.png").unlink()
    assert on_cluster("index", early).out == "album: 1 removed, 5 unchanged\n"
    (early / "a.png").write_bytes(content)
    done = on_cluster("index", early)
    assert (done.out, done.err) == ("album: 1 new, 5 unchanged\n", "")
    assert "a.png" in paths(cluster)
    draw_picture(early / "a.png", "blue")
    assert on_cluster("index", early).out == "album: 1 changed, 5 unchanged\n"
    assert on_cluster("verify").status == 0


def test_what_is_deleted_later_than_it_was_read_stays_deleted(
    early: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    """Of a revision that has come already, the deletion wins."""
    index = serving_index(cluster)
    draw_picture(early / "g.png", "blue")
    assert on_cluster("index", early).status == 0
    (key,) = (key for key, one in index.documents.items() if (one.source or {})["path"] == "g.png")
    (early / "g.png").write_bytes((early / "a.png").read_bytes())
    then = _now_ns
    index.write("delete", key, None, then() // 1000)
    with pytest.MonkeyPatch.context() as patched:
        # Read a minute before the deletion, and sent after it.
        patched.setattr(
            "lsr_opensearch.indexing.reading.revision_after", lambda _: then() // 1000 - 60_000_000
        )
        on_cluster("index", early)
    assert "g.png" not in paths(cluster)


def test_an_item_whose_document_was_taken_out_comes_back(
    cluster: FaultyCluster, tmp_path: Path
) -> None:
    picture = draw_picture(tmp_path / "a.png")
    url = f"opensearch+{cluster.url}"
    with closing(PhotoIndex(open_engine(url, "photos"))) as index:
        with a_day_ahead():
            assert index.add([Item("mine", image=picture)]).new == 1
        report = index.add([Item("mine", image=b"no picture")])
        assert [each.path for each in report.skipped] == ["mine"]
        assert index.engine.fetch(["mine"]) == {}
        report = index.add([Item("mine", image=picture)])
        assert (report.new, report.notes) == (1, [])
        assert set(index.engine.fetch(["mine"])) == {"mine"}
