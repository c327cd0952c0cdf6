"""Our own process killed (-9) at each step: what is there then, and that the next run converges.

The steps are seen from a proxy: a request is there before it reaches the node, or carried out
before its answer reaches us.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.indexing.pipeline import BATCH_DOCUMENTS
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture
from tests.faults.watching import Passing, watching
from tests.models import other_model

PICTURES = 12
# More than go into one batch.
MANY = BATCH_DOCUMENTS + PICTURES

Command = Callable[..., Finished]
# However slow the machine, what fits into one batch is sent as one.
PROGRAM = """
from lsr_opensearch.cli import main
from lsr_opensearch.indexing import batches
batches.BATCH_AGE_S = float("inf")
main()
"""
# Runs a command, and kills it when the request of a step comes by, by default the first of them.
KillAt = Callable[..., None]
KillRebuildAt = Callable[[str], list[tuple[str, float]]]


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for number in range(PICTURES):
        draw_picture(folder / f"{number:02}.png", colour="navy", seed=number)
    return folder


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "clusters.sqlite"


@pytest.fixture
def lsr(lsr_os: Command, opensearch_node: Endpoint, index_name: str, state: Path) -> Command:
    """Runs a command in this process, with the memory of the killed ones."""

    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", opensearch_node.url, "--index", index_name)

    return run


@pytest.fixture
def kill_at(opensearch_node: Endpoint, index_name: str, tmp_path: Path, state: Path) -> KillAt:
    def run(step: Passing, *arguments: Any, spared: int = 0) -> None:
        started = threading.Event()
        process: subprocess.Popen[bytes]
        seen = 0

        def strike(passing: Passing) -> bool:
            nonlocal seen
            if step.path not in passing.path or passing != replace(step, path=passing.path):
                return True
            seen += 1
            if seen <= spared:
                return True
            started.wait()
            process.kill()
            return False

        with watching(opensearch_node.url, strike) as url:
            command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
            process = subprocess.Popen(
                [*command, "--url", url, "--index", index_name],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            started.set()
            _, err = process.communicate(timeout=120)
        assert process.returncode == -9, f"the step did not come: {err.decode()}"

    return run


def stored(node: Endpoint, name: str) -> list[str]:
    """What the index holds, read without any of the product's code."""
    node.request("POST", f"/{name}/_refresh")
    body = {"size": 1000, "query": {"match_all": {}}, "_source": ["path"]}
    answer = node.request("POST", f"/{name}/_search", body)
    hits = answer.body["hits"]["hits"] if answer.status == 200 else []
    return sorted(hit["_source"]["path"] for hit in hits)


def indexes(node: Endpoint, name: str) -> list[str]:
    """What is there of a name, hidden ones, too: the ends of their names."""
    found = node.request("GET", f"/{name}*?expand_wildcards=all").body
    return sorted(index.removeprefix(name) for index in found)


def pending(state: Path) -> int:
    """How many pictures this machine has noted as sent without an answer."""
    if not state.exists():
        return 0
    with closing(sqlite3.connect(state)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM manifest WHERE pending").fetchone()
    return int(count)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


INDEX, REGISTRY = "-000001", ".sources"

# Indexes that are there, documents, pictures noted as pending.
STEPS = {
    "the index is created": (Passing("PUT", INDEX, is_answered=True), [INDEX], 0, 0),
    "the registry is about to be created": (Passing("PUT", REGISTRY), [INDEX], 0, 0),
    "the registry is created": (
        Passing("PUT", REGISTRY, is_answered=True),
        [INDEX, REGISTRY],
        0,
        0,
    ),
    "the source is about to be bound": (Passing("PUT", "/_create/"), [INDEX, REGISTRY], 0, 0),
    "the source is bound": (
        Passing("PUT", "/_create/", is_answered=True),
        [INDEX, REGISTRY],
        0,
        0,
    ),
    "all is noted as pending, and nothing sent": (
        Passing("POST", "/_bulk"),
        [INDEX, REGISTRY],
        0,
        PICTURES,
    ),
    "all is written, and no answer has come": (
        Passing("POST", "/_bulk", is_answered=True),
        [INDEX, REGISTRY],
        PICTURES,
        PICTURES,
    ),
    "all is recorded, and not searchable": (
        Passing("POST", "/_refresh"),
        [INDEX, REGISTRY],
        PICTURES,
        0,
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_index_killed_at_a_step_is_gone_on_with(
    step: str,
    album: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
    state: Path,
) -> None:
    request, made, written, noted = STEPS[step]
    kill_at(request, "index", album)
    assert indexes(opensearch_node, index_name) == made
    assert (len(stored(opensearch_node, index_name)), pending(state)) == (written, noted)
    # Meanwhile the folder goes on: what may have been on its way goes, another comes.
    (album / "03.png").unlink()
    draw_picture(album / "new.png", seed=99)
    done = lsr("index", album)
    assert done.status == 0, done.err
    assert stored(opensearch_node, index_name) == names(album)
    assert lsr("verify").status == 0
    assert pending(state) == 0


def test_index_killed_between_two_batches_keeps_the_first(
    tmp_path: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
    state: Path,
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(MANY):
        draw_picture(folder / f"{number:03}.png", f"hsl({number}, 80%, 50%)", seed=number)
    kill_at(Passing("POST", "/_bulk"), "index", folder, spared=1)
    written = len(stored(opensearch_node, index_name))
    assert 0 < written <= BATCH_DOCUMENTS
    assert 0 < pending(state) <= MANY - written
    report = json.loads(lsr("index", "--json", folder).out)
    assert (report["unchanged"], report["new"]) == (written, MANY - written)
    assert stored(opensearch_node, index_name) == names(folder)
    assert lsr("verify").status == 0


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (Passing("PUT", "/_doc/", is_answered=True), PICTURES),
        (Passing("POST", "/_bulk"), PICTURES),
        (Passing("POST", "/_bulk", is_answered=True), 0),
        (Passing("DELETE", "/_doc/"), 0),
    ],
    ids=["marked", "about to delete", "deleted", "about to unbind"],
)
def test_forget_killed_at_a_step_is_finished_by_the_same_command(
    step: Passing,
    left: int,
    album: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    assert lsr("index", album).status == 0
    kill_at(step, "forget", "album", "--yes")
    assert len(stored(opensearch_node, index_name)) == left
    assert "being forgotten" in lsr("index", album).err
    assert lsr("forget", "album", "--yes").status == 0
    assert stored(opensearch_node, index_name) == []
    assert lsr("index", album).status == 0
    assert lsr("verify").status == 0


@pytest.mark.parametrize("is_answered", [False, True], ids=["before the bulk", "after the bulk"])
def test_a_repair_killed_at_a_step_is_finished_by_the_same_command(
    is_answered: bool,
    album: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    assert lsr("index", album).status == 0
    lost = {"query": {"term": {"path": "05.png"}}}
    (hit,) = opensearch_node.request("POST", f"/{index_name}/_search", lost).body["hits"]["hits"]
    opensearch_node.request("DELETE", f"/{index_name}-000001/_doc/{hit['_id']}?refresh=true")
    (album / "07.png").unlink()
    kill_at(Passing("POST", "/_bulk", is_answered), "verify", "--repair")
    assert lsr("verify").status == 1
    done = lsr("verify", "--repair")
    assert done.status == 0, done.out + done.err
    assert stored(opensearch_node, index_name) == names(album)


@pytest.fixture
def refused(album: Path, lsr: Command, opensearch_node: Endpoint, index_name: str) -> Path:
    """A list of every picture: a mapping of somebody's own refused them, and is mended by now."""
    body = json.loads(lsr("index", "--show-mapping").out)
    width = {"width": body["mappings"]["properties"].pop("width")}
    body["aliases"] = {index_name: {}}
    assert opensearch_node.request("PUT", f"/{index_name}-000001", body).status == 200
    listed = album.parent / "skipped.jsonl"
    assert lsr("index", album, "--dead-letters", listed).status == 3
    assert stored(opensearch_node, index_name) == []
    mended = opensearch_node.request("PUT", f"/{index_name}/_mapping", {"properties": width})
    assert mended.status == 200
    return listed


@pytest.mark.parametrize(
    ("is_answered", "written"), [(False, 0), (True, PICTURES)], ids=["before", "after"]
)
def test_a_retry_killed_at_its_bulk_is_finished_by_the_same_command(
    is_answered: bool,
    written: int,
    album: Path,
    refused: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
    state: Path,
) -> None:
    again = ("index", "--retry", refused, "--dead-letters", refused)
    listed = refused.read_text()
    kill_at(Passing("POST", "/_bulk", is_answered), *again)
    assert len(stored(opensearch_node, index_name)) == written
    assert refused.read_text() == listed
    done = lsr(*again)
    assert done.status == 0, done.err
    assert refused.read_text() == ""
    assert stored(opensearch_node, index_name) == names(album)
    assert pending(state) == 0
    assert lsr("index", album).out == f"album: {PICTURES} unchanged\n"
    assert lsr("verify").status == 0


REBUILDING = {
    "begun": (Passing("PUT", "-000002", is_answered=True), ["begun"]),
    "about to be prepared": (Passing("PUT", "-000002/_settings"), ["begun"]),
    "prepared": (Passing("PUT", "-000002/_settings", is_answered=True), ["begun", "prepared"]),
    "about to freeze": (Passing("PUT", "-000001/_block/write"), ["begun", "prepared"]),
    "frozen": (
        Passing("PUT", "-000001/_block/write", is_answered=True),
        ["begun", "prepared", "frozen"],
    ),
    "about to swap": (Passing("POST", "/_aliases"), ["begun", "prepared", "frozen"]),
    "swapped": (
        Passing("POST", "/_aliases", is_answered=True),
        ["begun", "prepared", "frozen", "swapped"],
    ),
}


def come_to(node: Endpoint, name: str) -> list[str]:
    """The steps of the first rebuild that were carried out."""
    behind = node.request("GET", f"/{name}-*?flat_settings=true").body
    old, new = behind[f"{name}-000001"], behind.get(f"{name}-000002")
    if new is None:
        return []
    steps = {
        "begun": True,
        "prepared": "index.refresh_interval" not in new["settings"],
        "frozen": str(old["settings"].get("index.blocks.write")) == "true",
        "swapped": name in new["aliases"] and name not in old["aliases"],
    }
    return [step for step, is_done in steps.items() if is_done]


def hits(done: Finished) -> list[tuple[str, float]]:
    assert done.status == 0, done.err
    return [(hit["path"], hit["score"]) for hit in map(json.loads, done.out.splitlines())]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return other_model(tmp_path)


@pytest.fixture
def kill_rebuild_at(
    album: Path,
    model: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> KillRebuildAt:
    """Kills a rebuild with another model at a step of `REBUILDING`; gives what a search found
    before."""

    def kill(step: str) -> list[tuple[str, float]]:
        request, done = REBUILDING[step]
        assert lsr("index", album).status == 0
        before = hits(lsr("search", "--json", "blue"))
        assert before
        kill_at(request, "reindex", "--model", model)
        assert come_to(opensearch_node, index_name) == done
        return before

    return kill


@pytest.mark.parametrize("step", REBUILDING)
def test_a_rebuild_killed_at_a_step_is_finished_by_the_same_command(
    step: str,
    album: Path,
    model: Path,
    kill_rebuild_at: KillRebuildAt,
    lsr: Command,
) -> None:
    before = kill_rebuild_at(step)
    serving = model if step == "swapped" else "basic"
    assert hits(lsr("search", "--json", "blue", "--model", serving)) == before
    assert "made anew" not in lsr("status").err
    again = lsr("reindex", "--model", model)
    assert again.status == 0, again.err
    assert hits(lsr("search", "--json", "blue", "--model", model)) == before
    draw_picture(album / "new.png", seed=99)
    assert json.loads(lsr("index", "--json", album, "--model", model).out)["new"] == 1
    assert lsr("verify").status == 0


@pytest.mark.parametrize("step", [step for step in REBUILDING if step != "swapped"])
def test_a_rebuild_killed_at_a_step_can_be_given_up(
    step: str,
    album: Path,
    kill_rebuild_at: KillRebuildAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    before = kill_rebuild_at(step)
    given_up = lsr("reindex", "--abandon")
    assert given_up.status == 0, given_up.err
    assert hits(lsr("search", "--json", "blue")) == before
    draw_picture(album / "new.png", seed=99)
    assert json.loads(lsr("index", "--json", album).out)["new"] == 1
    assert indexes(opensearch_node, index_name) == [INDEX, REGISTRY]


def test_a_rebuild_killed_once_it_has_swapped_serves_and_cannot_be_given_up(
    album: Path,
    model: Path,
    kill_rebuild_at: KillRebuildAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    kill_rebuild_at("swapped")
    refused = lsr("reindex", "--abandon")
    assert refused.status == 2
    assert "No rebuild" in refused.err
    assert come_to(opensearch_node, index_name) == REBUILDING["swapped"][1]
    draw_picture(album / "new.png", seed=99)
    report = json.loads(lsr("index", "--json", album, "--model", model).out)
    assert (report["new"], report["unchanged"]) == (1, PICTURES)
    assert lsr("verify").status == 0


@pytest.mark.parametrize("gone", range(4))
def test_forgetting_everything_killed_between_two_deletions_is_finished_by_the_same_command(
    gone: int,
    album: Path,
    kill_at: KillAt,
    lsr: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    assert lsr("index", album).status == 0
    assert lsr("reindex").status == 0
    kill_at(Passing("PUT", "-000003", is_answered=True), "reindex")
    # The index that serves goes last: until then the command finds what there is to forget.
    order = [REGISTRY, "-000001", "-000003", "-000002"]
    kill_at(Passing("DELETE", "/"), "forget", "--all", "--yes", spared=gone)
    assert indexes(opensearch_node, index_name) == sorted(order[gone:])
    done = lsr("forget", "--all", "--yes")
    assert done.status == 0, done.err
    assert indexes(opensearch_node, index_name) == []
    assert json.loads(lsr("index", "--json", album).out)["new"] == PICTURES
    assert lsr("verify").status == 0
