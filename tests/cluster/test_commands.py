"""The commands of the README on real nodes: the same as on a file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import PHOTOS, Finished, draw_picture

NAMES = ("chelsea-cat.jpg", "coffee-cup.jpg", "german-shepherd.jpg", "rocket-on-launch-pad.jpg")

Command = Callable[..., Finished]


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for name in NAMES:
        shutil.copy2(PHOTOS / name, folder / name)
    return folder


@pytest.fixture
def on_node(lsr_os: Command, node: Endpoint, index_name: str) -> Command:
    """Runs a command against the node's own index."""
    kind = ["--field-type", node.field_type]

    def run(command: str, *arguments: Any) -> Finished:
        made_as = kind if command in ("index", "reindex") else []
        return lsr_os(command, *arguments, "--url", node.url, "--index", index_name, *made_as)

    return run


def report_of(done: Finished) -> dict[str, Any]:
    assert done.out, done.err
    report: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return report


def hits_of(done: Finished) -> list[dict[str, Any]]:
    assert done.status == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_folder_is_indexed_and_found_as_on_a_file(
    album: Path, on_node: Command, lsr_os: Command
) -> None:
    assert report_of(on_node("index", "--json", album))["new"] == len(NAMES)
    assert lsr_os("index", album, "--url", "local.sqlite").status == 0
    for query in ("cat", "dog^2 coffee", "rocket", "animal -cat"):
        here = hits_of(on_node("search", "--json", query))
        there = hits_of(lsr_os("search", "--json", query, "--url", "local.sqlite"))
        assert [hit["path"] for hit in here] == [hit["path"] for hit in there]
        for one, other in zip(here, there, strict=True):
            assert one["score"] == pytest.approx(other["score"], rel=1e-5)
            assert [match["term"] for match in one["matched"]] == [
                match["term"] for match in other["matched"]
            ]
            assert one["uri"] == other["uri"]


def test_a_second_run_does_nothing_and_changes_are_followed(album: Path, on_node: Command) -> None:
    on_node("index", album)
    assert report_of(on_node("index", "--json", album))["unchanged"] == len(NAMES)
    draw_picture(album / "new.png")
    os.rename(album / "coffee-cup.jpg", album / "cup.jpg")
    report = report_of(on_node("index", "--json", album))
    assert (report["new"], report["moved"], report["removed"]) == (1, 1, 0)
    (best, *_) = hits_of(on_node("search", "--json", "coffee"))
    assert best["path"] == "cup.jpg"
    assert on_node("verify").status == 0


def test_status_counts_what_is_there(album: Path, on_node: Command) -> None:
    on_node("index", album)
    facts = json.loads(on_node("status", "--json").out)
    assert facts["documents"] == len(NAMES)
    assert facts["bytes_on_disk"] > 0
    assert [source["name"] for source in facts["sources"]] == ["album"]
    assert facts["sources"][0]["indexed"] == len(NAMES)
    assert f"{facts['terms']} different words among their strongest" in on_node("status").out


@pytest.mark.parametrize("command", [["status"], ["doctor"], ["search", "cat"]])
def test_an_index_in_the_url_is_told_with_the_option_for_it(
    command: list[str], lsr_os: Command, node: Endpoint, index_name: str
) -> None:
    done = lsr_os(*command, "--url", f"{node.url}/{index_name}")
    assert done.status == 1
    assert f"leave it out of the URL and use --index {index_name}" in done.err + done.out


def test_a_forgotten_source_is_gone(album: Path, on_node: Command) -> None:
    on_node("index", album)
    assert "4 pictures" in on_node("forget", "album", "--yes").out
    facts = json.loads(on_node("status", "--json").out)
    assert (facts["documents"], facts["sources"]) == (0, [])
    assert report_of(on_node("index", "--json", album))["new"] == len(NAMES)


def test_forgetting_everything_leaves_no_index(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    assert on_node("forget", "--all", "--yes").status == 0
    assert node.request("GET", f"/{index_name}*").body == {}
    assert on_node("search", "cat").status == 1


def test_search_before_index_says_what_to_do(on_node: Command) -> None:
    done = on_node("search", "cat")
    assert done.status == 1
    assert "lsr-os index" in done.err


def test_a_name_that_is_not_utf8_and_captions_and_filters_work(
    album: Path, on_node: Command, tmp_path: Path
) -> None:
    os.rename(os.fsencode(album / NAMES[0]), os.fsencode(album) + b"/cat-\xff.jpg")
    captions = tmp_path / "captions.tsv"
    captions.write_text("coffee-cup.jpg\tMy favourite Mug. at home\n")
    assert on_node("index", album, "--captions", captions).status == 0
    (hit,) = hits_of(on_node("search", "--json", '"favourite mug"'))
    assert hit["path"] == "coffee-cup.jpg"
    (cat,) = hits_of(on_node("search", "--json", "cat", "--filter", "path=cat-*"))
    assert os.fsencode(album) + b"/cat-\xff.jpg" == bytes(
        on_node("search", "--paths", "cat", "--filter", "path=cat-*").out.rstrip("\n"),
        "utf-8",
        "surrogateescape",
    )
    assert cat["path"] == "cat-\\xff.jpg"
    assert on_node("verify").status == 0


def test_a_lost_manifest_is_found_out_from_the_index(
    album: Path, on_node: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_node("index", album)
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "another-state"))
    report = report_of(on_node("index", "--json", album))
    assert (report["unchanged"], report["new"]) == (len(NAMES), 0)


def test_an_index_made_anew_behind_our_back_is_noticed(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    node.request("DELETE", f"/{index_name}-000001")
    done = on_node("index", "--json", album)
    assert "was deleted" in done.err
    assert report_of(done)["new"] == len(NAMES)
    assert "was deleted" not in on_node("index", album).err


def test_two_machines_have_their_own_sources(
    album: Path, on_node: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_node("index", album)
    monkeypatch.setenv("LSR_OS_HOST", "another-machine")
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "another-state"))
    clash = on_node("index", album)
    assert clash.status == 2
    assert "already stands for" in clash.err
    assert report_of(on_node("index", "--json", album, "--source", "mine"))["new"] == len(NAMES)
    facts = json.loads(on_node("status", "--json").out)
    assert facts["documents"] == 2 * len(NAMES)


def test_an_alias_with_two_indexes_and_a_missing_one_are_told(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    node.request("PUT", f"/{index_name}-other", {"aliases": {index_name: {}}})
    assert "several indexes" in on_node("index", album).err
    node.request("DELETE", f"/{index_name}-other")
    actions = [{"remove": {"index": f"{index_name}-000001", "alias": index_name}}]
    node.request("POST", "/_aliases", {"actions": actions})
    done = on_node("index", album)
    assert done.status == 1
    assert "is missing" in done.err


def test_the_printed_query_gives_the_same_hits(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    body = json.loads(on_node("search", "dog", "--show-query").out)
    answer = node.request("POST", f"/{index_name}/_search", body).body
    ids = [hit["_id"] for hit in answer["hits"]["hits"]]
    assert ids == [hit["id"] for hit in hits_of(on_node("search", "--json", "dog"))]


def test_the_printed_mapping_makes_an_index(
    on_node: Command, node: Endpoint, index_name: str
) -> None:
    body = json.loads(on_node("index", "--show-mapping").out)
    assert node.request("PUT", f"/{index_name}-by-hand", body).status == 200


def test_an_index_of_somebody_else_under_the_first_name_is_told(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    assert node.request("PUT", f"/{index_name}-000001").status == 200
    for _ in range(2):
        done = on_node("index", album)
        assert done.status == 1
        assert f"There is an index '{index_name}-000001' already" in done.err
