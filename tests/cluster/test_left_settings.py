"""Settings of a build that died: told by who looks, put right by who writes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch import open_index
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

Command = Callable[..., Finished]
LOADING = {
    "index.refresh_interval": "-1",
    "index.number_of_replicas": 0,
    "index.auto_expand_replicas": False,
}
SAID = "has the settings of a load that was not finished"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for name in "abc":
        draw_picture(folder / f"{name}.png", seed=ord(name))
    return folder


@pytest.fixture
def on_node(lsr_os: Command, opensearch_node: Endpoint, index_name: str) -> Command:
    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", opensearch_node.url, "--index", index_name)

    return run


@pytest.fixture
def left(album: Path, on_node: Command, opensearch_node: Endpoint, index_name: str) -> Path:
    """The album, indexed; its index has the settings of a load."""
    assert on_node("index", album).status == 0
    path = f"/{index_name}-000001/_settings"
    assert opensearch_node.request("PUT", path, LOADING).status == 200
    return album


def is_loading(node: Endpoint, index: str) -> bool:
    (found,) = node.request("GET", f"/{index}/_settings?flat_settings=true").body.values()
    return found["settings"].get("index.refresh_interval") == "-1"


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("command", [["search", "red"], ["status"], ["verify"], ["index"]])
def test_who_looks_is_told_and_changes_nothing(
    command: list[str], left: Path, on_node: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    more = [left, "--dry-run"] if command == ["index"] else []
    done = on_node(*command, *more)
    where = f"--url {opensearch_node.url} --index {index_name}"
    said = done.err + done.out
    assert said.count(SAID) == 1
    assert f"lsr-os verify {where} --repair" in said
    assert is_loading(opensearch_node, index_name)


@pytest.mark.parametrize(
    "command", [["index"], ["forget", "album", "--yes"], ["reindex"], ["verify", "--repair"]]
)
def test_who_writes_brings_the_settings_back(
    command: list[str], left: Path, on_node: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    more = [left] if command == ["index"] else []
    done = on_node(*command, *more)
    assert done.status == 0, done.err
    assert not is_loading(opensearch_node, f"{index_name}-000001")
    assert SAID not in on_node("status").err


@pytest.mark.parametrize(
    "command", [["index"], ["forget", "album", "--yes"], ["verify", "--repair"]]
)
def test_what_a_rebuild_is_filling_keeps_the_settings_of_a_load(
    command: list[str], album: Path, on_node: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    with open_index(opensearch_node.url, name=index_name) as index:
        schema = index.engine.schema()
        assert schema is not None
        index.engine.rebuild(schema)
    draw_picture(album / "new.png")
    done = on_node(*command, *([album] if command == ["index"] else []))
    assert done.status == 0, done.err
    assert SAID not in done.err + done.out
    assert is_loading(opensearch_node, f"{index_name}-000002")


def test_a_killed_rebuild_whose_index_was_made_to_serve_by_hand_is_put_right_by_the_next_run(
    album: Path, on_node: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    following = f"{index_name}-000002"
    where = ["--url", opensearch_node.url, "--index", index_name]
    process = subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", "reindex", *where],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while opensearch_node.request("GET", f"/{following}").status != 200:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    # What was on its way may still arrive.
    time.sleep(1)
    assert is_loading(opensearch_node, following)
    actions = [
        {"remove": {"index": f"{index_name}-000001", "alias": index_name}},
        {"remove": {"index": following, "alias": f"{index_name}.next"}},
        {"add": {"index": following, "alias": index_name}},
    ]
    assert opensearch_node.request("POST", "/_aliases", {"actions": actions}).status == 200
    done = on_node("index", "--json", album)
    assert SAID in done.err
    assert json.loads(done.out)["skipped"] == []
    assert not is_loading(opensearch_node, following)
    assert on_node("verify").status == 0
