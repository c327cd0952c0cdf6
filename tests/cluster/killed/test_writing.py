"""`index` and what writes for it, killed: a repair, and a retry of what was refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lsr_opensearch.indexing.pipeline import BATCH_DOCUMENTS
from tests.cluster.killed.looking import (
    INDEX,
    PICTURES,
    REGISTRY,
    Command,
    KillAt,
    indexes,
    names,
    pending,
    stored,
)
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import draw_picture
from tests.faults.watching import Passing

# More than go into one batch.
MANY = BATCH_DOCUMENTS + PICTURES

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
