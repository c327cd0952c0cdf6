"""The pictures, and what a killed process left, seen without any of the product's code."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

PICTURES = 12
# The ends of the names of the first index and of the registry of sources.
INDEX, REGISTRY = "-000001", ".sources"

Command = Callable[..., Finished]
# Runs a command, and kills it when the request of a step comes by, by default the first of them.
KillAt = Callable[..., None]


def draw_album(folder: Path, pictures: int) -> Path:
    folder.mkdir()
    for number in range(pictures):
        draw_picture(folder / f"{number:02}.png", colour="navy", seed=number)
    return folder


def stored(node: Endpoint, name: str) -> list[str]:
    """The paths of what the index holds."""
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
