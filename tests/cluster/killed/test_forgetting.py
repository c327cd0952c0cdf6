"""`forget` killed: a source, and everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cluster.killed.looking import (
    PICTURES,
    REGISTRY,
    Command,
    KillAt,
    indexes,
    stored,
)
from tests.cluster.nodes.endpoint import Endpoint
from tests.faults.watching import Passing


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
