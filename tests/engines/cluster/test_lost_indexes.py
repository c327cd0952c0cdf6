"""Somebody deletes an index, its registry or its alias: what is told, and how it comes back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.engines import open_engine, state_folder
from lsr_opensearch.engines.cluster.aliases import was_kept
from lsr_opensearch.engines.cluster.generations import Generation
from lsr_opensearch.engines.folders import index_command
from lsr_opensearch.engines.port import Schema, SourceBinding
from tests.faults.plan import Fault
from tests.faults.server import FaultyCluster

from .conftest import Command, draw_album, problems, serving_index, verified


@pytest.fixture
def second(indexed: Path, on_cluster: Command) -> Path:
    """Another folder in the index, under a name that is not the folder's own."""
    folder = draw_album(indexed.parent / "second", "xyz")
    assert on_cluster("index", folder, "--source", "holidays").status == 0
    return folder


def test_after_a_deletion_it_is_told_what_indexes_all_folders_anew(
    indexed: Path, second: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.delete("photos-000001")
    command = f"{indexed} {second}"
    for looked in ("status", "verify"):
        assert command in on_cluster(looked).err
    (finding,) = problems(on_cluster, "alias")
    assert "album, holidays" in finding["message"]
    assert command in finding["remedy"]
    done = on_cluster("index", indexed, second)
    assert done.status == 0, done.err
    assert done.out.splitlines() == ["album: 6 new", "holidays: 3 new"]
    assert verified(on_cluster)[1]["agrees"]
    assert problems(on_cluster, "sources") == []


def test_a_folder_that_was_left_out_then_is_a_problem_that_a_repair_mends(
    indexed: Path, second: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.delete("photos-000001")
    assert str(second) in on_cluster("index", indexed).err
    (finding,) = problems(on_cluster, "sources")
    assert "'holidays'" in finding["message"]
    done = on_cluster("verify", "--repair")
    assert "Mended: holidays: 3 pictures added." in done.out
    assert problems(on_cluster, "sources") == []


def test_a_folder_whose_pictures_were_removed_is_no_problem(
    indexed: Path, on_cluster: Command
) -> None:
    for picture in indexed.iterdir():
        picture.unlink()
    assert on_cluster("index", indexed, "--prune").status == 0
    assert problems(on_cluster, "sources") == []


def test_a_lost_registry_is_told_by_every_command(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.delete("photos.sources")
    assert "photos.sources" in on_cluster("index", indexed, "--dry-run").err
    done = on_cluster("verify")
    assert done.out.count("photos.sources") == 1
    assert "photos.sources" not in done.err
    assert on_cluster("verify", "--repair").status == 0
    done = on_cluster("index", indexed)
    assert (done.out, done.err) == ("album: 6 unchanged\n", "")


@pytest.mark.usefixtures("indexed")
def test_who_may_not_look_at_the_registry_is_told_nothing_of_it(cluster: FaultyCluster) -> None:
    cluster.plan.only = "photos.sources"
    cluster.plan.set([], Fault("forbidden"))
    with closing(open_engine(f"opensearch+{cluster.url}", "photos")) as index:
        assert index.notices() == []


def test_an_earlier_index_that_is_brought_back_takes_writes_again(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    kept_by_a_rebuild_whose_index_is_gone(cluster)
    done = on_cluster("verify", "--repair")
    assert done.status == 0, done.out
    assert "photos-000001 takes writes again" in done.out
    assert "Damage" not in done.out
    (indexed / "a.png").unlink()
    assert on_cluster("index", indexed).status == 0


def kept_by_a_rebuild_whose_index_is_gone(cluster: FaultyCluster) -> None:
    serving_index(cluster).settings["index.blocks.write"] = "true"
    del cluster.store.aliases["photos"]
    (file,) = Path(state_folder()).glob("*.sqlite")
    with closing(sqlite3.connect(file)) as state, state:
        state.execute("UPDATE indexes SET uuid = 'of the next one'")


FROZEN = Generation(
    "photos-000001",
    "first",
    Schema("basic", {}),
    "rank_features",
    {"index.blocks.write": "true"},
)
NEXT = replace(FROZEN, index="photos-000002", uuid="second", aliases=frozenset({"photos.next"}))


@pytest.mark.parametrize(
    ("changes", "others", "known", "expected"),
    [
        ({}, [], "second", True),
        ({}, [], "", True),
        ({}, [], "first", False),  # it served last: somebody has blocked it
        ({}, [NEXT], "second", False),  # the last step of a rebuild
        ({"settings": {}}, [], "second", False),
    ],
)
def test_only_a_block_that_a_finished_rebuild_has_left_is_lifted(
    changes: dict[str, Any], others: list[Generation], known: str, expected: bool
) -> None:
    index = replace(FROZEN, **changes)
    assert was_kept(index, [index, *others], "photos.next", known) is expected


def test_the_command_names_the_folders_of_this_machine_as_a_shell_takes_them() -> None:
    here = SourceBinding("a", "here", "file:///my%20photos")
    others = [SourceBinding("b", "there", "file:///b"), SourceBinding("items", "", "")]
    assert index_command([here, *others], "here") == "lsr-os index '/my photos'"
    assert index_command(others, "here") == "lsr-os index FOLDER"


def test_an_index_that_somebody_else_has_made_under_the_first_name_is_told(
    tmp_path: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    """Who may not list indexes only sees that it cannot be made."""
    cluster.store.create("photos-000001", {})
    cluster.plan.only = "/photos-*"
    cluster.plan.set([], then=Fault("forbidden"))
    done = on_cluster("index", draw_album(tmp_path / "album", "a"))
    assert done.status == 1
    assert "There is an index 'photos-000001' already" in done.err
    assert "--index NAME" in done.err


@pytest.mark.usefixtures("indexed")
def test_an_index_that_somebody_else_has_made_under_the_next_name_is_told(
    on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.create("photos-000002", {})
    done = on_cluster("reindex")
    assert done.status == 1
    assert "There is an index 'photos-000002' already" in done.err
    assert "GET /photos-000002" in done.err


def test_a_source_that_another_machine_has_forgotten_is_indexed_anew_also_after_an_interruption(
    indexed: Path,
    on_cluster: Command,
    cluster: FaultyCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("LSR_OS_STATE_DIR", str(tmp_path / "elsewhere"))
        assert on_cluster("forget", "album", "--yes").status == 0
    cluster.plan.only = "_bulk"
    cluster.plan.set([], Fault("unauthorized"))
    assert on_cluster("index", indexed).status == 1
    cluster.plan.clear()
    assert on_cluster("index", indexed).out == "album: 6 new\n"
    assert len(serving_index(cluster).visible) == 6


def test_a_dry_run_writes_nothing_down(indexed: Path, on_cluster: Command) -> None:
    kept = Path(state_folder())
    for path in kept.glob("clusters.sqlite*"):
        path.unlink()
    done = on_cluster("index", "--dry-run", indexed)
    assert done.status == 0, done.err
    assert "6 unchanged" in done.out
    assert list(kept.glob("clusters.sqlite*")) == []
