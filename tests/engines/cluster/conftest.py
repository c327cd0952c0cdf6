"""An album, the command line, and a cluster on a port of its own to index it into."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture
from tests.faults.server import FaultyCluster, serving
from tests.faults.store import StoredIndex

Command = Callable[..., Finished]
INDEX = "photos"


@pytest.fixture
def cluster() -> Iterator[FaultyCluster]:
    with serving() as listening:
        yield listening


@pytest.fixture
def on_cluster(lsr_os: Command, cluster: FaultyCluster) -> Command:
    """Runs a command on the cluster's index."""

    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", f"opensearch+{cluster.url}")

    return run


def draw_album(folder: Path, names: str) -> Path:
    """A folder with a picture for each letter."""
    folder.mkdir()
    for name in names:
        draw_picture(folder / f"{name}.png", seed=ord(name))
    return folder


@pytest.fixture
def indexed(tmp_path: Path, on_cluster: Command) -> Path:
    """Six pictures, indexed."""
    folder = draw_album(tmp_path / "album", "abcdef")
    done = on_cluster("index", folder)
    assert done.status == 0, done.err
    return folder


def serving_index(cluster: FaultyCluster) -> StoredIndex:
    """What the name stands for."""
    (index,) = cluster.store.behind(INDEX)
    return index


def changed(cluster: FaultyCluster, path: str, index: str = INDEX, **fields: Any) -> None:
    """Change a document as the ``_update`` of another program does: its version goes up by one."""
    (found,) = cluster.store.behind(index)
    for key, stored in list(found.documents.items()):
        if stored.source and stored.source.get("path", stored.source.get("name")) == path:
            found.write("index", key, {**stored.source, **fields}, None)
    found.refresh()


def verified(on_cluster: Command, *options: str) -> list[dict[str, Any]]:
    """What verify says, a source each."""
    done = on_cluster("verify", "--json", *options)
    assert done.out, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def problems(on_cluster: Command, check: str) -> list[dict[str, str]]:
    """The problems that a check of doctor finds."""
    findings = map(json.loads, on_cluster("doctor", "--json").out.splitlines())
    return [each for each in findings if (each["check"], each["state"]) == (check, "problem")]
