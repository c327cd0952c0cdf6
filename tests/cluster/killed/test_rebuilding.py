"""`reindex` killed: finished by the same command, or given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.killed.looking import (
    INDEX,
    PICTURES,
    REGISTRY,
    Command,
    KillAt,
    indexes,
)
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture
from tests.faults.watching import Passing
from tests.models import other_model

KillRebuildAt = Callable[[str], list[tuple[str, float]]]

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
