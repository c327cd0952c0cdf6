"""An index that finds pictures by their words and does not give the words back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

from .nodes.endpoint import Endpoint

Command = Callable[..., Finished]


@pytest.fixture
def on_node(lsr_os: Command, opensearch_node: Endpoint, index_name: str, tmp_path: Path) -> Command:
    """Runs a command on an index, somebody's mapping of which leaves the words out of ``_source``:
    two pictures, of which one has the word dog in its caption."""

    def run(command: str, *arguments: Any) -> Finished:
        store = ("--url", opensearch_node.url, "--index", index_name)
        done = lsr_os(command, *arguments, *store)
        assert "Traceback" not in done.err
        return done

    (tmp_path / "album").mkdir()
    for number, name in enumerate("ab"):
        draw_picture(tmp_path / "album" / f"{name}.png", seed=number)
    (tmp_path / "album" / "a.txt").write_text("A dog")
    assert run("index", "album").status == 0
    _leave_words_out(opensearch_node, index_name)
    return run


def _leave_words_out(node: Endpoint, name: str) -> None:
    """Make the index anew, as somebody might who wants to save room."""
    node.request("POST", f"/{name}/_refresh")
    asked = {"query": {"match_all": {}}, "version": True}
    hits = node.request("POST", f"/{name}/_search", asked).body["hits"]["hits"]
    mappings = node.request("GET", f"/{name}-000001").body[f"{name}-000001"]["mappings"]
    mappings["_source"] = {"excludes": ["image_terms", "caption_terms"]}
    node.request("DELETE", f"/{name}-000001")
    aliases = {name: {}, f"{name}-000002.write": {}}
    made = node.request("PUT", f"/{name}-000002", {"mappings": mappings, "aliases": aliases})
    assert made.status == 200, made.body
    for hit in hits:
        how = f"refresh=true&version={hit['_version']}&version_type=external"
        written = node.request("PUT", f"/{name}/_doc/{hit['_id']}?{how}", hit["_source"])
        assert written.status == 201, written.body


@pytest.mark.parametrize("how", [(), ("--explain",), ("--json",), ("--paths",)])
def test_hits_whose_words_cannot_be_read_are_shown_with_what_to_do(
    how: tuple[str, ...], on_node: Command
) -> None:
    done = on_node("search", "dog", *how)
    assert done.status == 0, done.err
    assert "a.png" in done.out
    assert "could not be read" in done.err
    assert "lsr-os verify" in done.err
    if how == ("--json",):
        assert [json.loads(line)["matched"] for line in done.out.splitlines()] == [[]]


def test_it_is_noticed_and_not_copied(
    on_node: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    found = on_node("verify", "--json")
    assert found.status == 1
    assert json.loads(found.out)["words_differ"] == ["a.png", "b.png"]
    assert on_node("reindex", "--drop-old").status == 1
    serving = opensearch_node.request("GET", f"/_alias/{index_name}").body
    assert list(serving) == [f"{index_name}-000002"]
