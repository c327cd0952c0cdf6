"""`lsr-os verify` and `verify --repair`: each thing that can go wrong, provoked on real nodes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

NAMES = ("a.png", "b.png", "c.png", "d.png", "e.png", "f.png")
Command = Callable[..., Finished]


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        draw_picture(folder / name, seed=number)
    return folder


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what this machine remembers."""
    folder = tmp_path / "state"
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def on_node(lsr_os: Command, node: Endpoint, index_name: str, state: Path) -> Command:
    """Runs a command against the node's own index."""
    kind = ["--field-type", node.field_type]

    def run(command: str, *arguments: Any) -> Finished:
        made_as = kind if command == "index" else []
        return lsr_os(command, *arguments, "--url", node.url, "--index", index_name, *made_as)

    return run


@pytest.fixture
def indexed(album: Path, on_node: Command) -> Path:
    """The album, indexed with a caption."""
    captions = album.parent / "captions.tsv"
    captions.write_text("a.png\tOur red door\n")
    done = on_node("index", album, "--captions", captions)
    assert done.status == 0, done.err
    return album


@pytest.fixture
def stored(node: Endpoint, index_name: str) -> Callable[[], dict[str, dict[str, Any]]]:
    """Path -> hit of everything in the index."""

    def look() -> dict[str, dict[str, Any]]:
        node.request("POST", f"/{index_name}/_refresh")
        answer = node.request("POST", f"/{index_name}/_search", {"size": 100, "version": True})
        return {hit["_source"].get("path", hit["_id"]): hit for hit in answer.body["hits"]["hits"]}

    return look


Stored = Callable[[], dict[str, dict[str, Any]]]


def verified(on_node: Command, *options: str) -> dict[str, Any]:
    """What verify says of the only source."""
    done = on_node("verify", "--json", *options)
    assert done.out, done.err
    (line,) = done.out.splitlines()
    found: dict[str, Any] = json.loads(line)
    assert (found["agrees"] and not found["damage"]) == (done.status == 0)
    return found


def repaired(on_node: Command, *options: str) -> list[str]:
    """What a repair did, after which everything agrees, and a second one finds nothing to do."""
    found = verified(on_node, "--repair", *options)
    assert found["agrees"], found
    assert not found["damage"]
    assert verified(on_node, "--repair")["repaired"] == []
    assert on_node("verify").status == 0
    done: list[str] = found["repaired"]
    return done


def edit(state: Path, statement: str) -> list[Any]:
    """Change what this machine remembers."""
    (file,) = state.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement).fetchall()


def put(node: Endpoint, index: str, key: str, body: Mapping[str, Any], version: int = 0) -> None:
    """Write a document past lsr-os."""
    how = f"&version={version}&version_type=external" if version else ""
    answer = node.request("PUT", f"/{index}/_doc/{key}?refresh=true{how}", dict(body))
    assert answer.status in (200, 201), answer.body


def in_full(node: Endpoint, index: str, key: str) -> dict[str, Any]:
    """A document with its term weights, which Elasticsearch leaves out of hits."""
    params = "?_source_exclude_vectors=false" if (node.version() >= "9.2") else ""
    body: dict[str, Any] = node.request("GET", f"/{index}/_doc/{key}{params}").body["_source"]
    return body


def test_documents_that_somebody_deleted_are_indexed_again_and_no_others(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    before = stored()
    for name in ("a.png", "b.png"):
        node.request("DELETE", f"/{index_name}/_doc/{before[name]['_id']}?refresh=true")
    found = verified(on_node)
    assert found["lost"] == ["a.png", "b.png"]
    assert not found["agrees"]
    assert repaired(on_node) == ["album: 2 pictures indexed again."]
    after = stored()
    assert after["a.png"]["_source"]["captions"] == ["Our red door"]
    assert {name for name in NAMES if after[name]["_version"] != before[name]["_version"]} == {
        "a.png",
        "b.png",
    }


def test_a_document_that_another_program_overwrote_is_found_and_indexed_again(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    hit = stored()["b.png"]
    put(node, index_name, hit["_id"], {"id": hit["_id"], "source": "album", "path": "b.png"})
    assert verified(on_node)["differs"] == ["b.png"]
    assert repaired(on_node) == ["album: 1 picture indexed again."]
    assert stored()["b.png"]["_source"]["manifest"] == hit["_source"]["manifest"]


def test_words_that_another_program_wrote_in_its_own_way_are_found_and_written_again(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    """Numeric strings, nulls and names of its own are taken by every cluster."""
    hit = stored()["b.png"]
    before = in_full(node, index_name, hit["_id"])["image_terms"]
    foreign = {**before, "dog": "3.0", "100%": 1, "cat": None}
    update = f"/{index_name}/_update/{hit['_id']}?refresh=true"
    answer = node.request("POST", update, {"doc": {"image_terms": foreign}})
    assert answer.status == 200, answer.body
    done = on_node("search", "--json", *list(before)[:3])
    assert done.status == 0, done.err
    assert "b.png" in done.out
    assert verified(on_node)["differs"] == ["b.png"]
    assert repaired(on_node) == ["album: 1 picture indexed again."]
    assert in_full(node, index_name, hit["_id"])["image_terms"] == before


def test_an_older_document_that_came_back_is_found_and_indexed_again(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, state: Path, stored: Stored
) -> None:
    """As a restored snapshot brings it: with a version before the one that we know."""
    hit = stored()["b.png"]
    body = in_full(node, index_name, hit["_id"])
    body["manifest"] |= {"size": 7, "sha256": "0" * 64}
    put(node, index_name, hit["_id"], body, version=hit["_version"] + 1)
    edit(state, "UPDATE manifest SET revision = revision + 2 WHERE path = x'622e706e67'")  # b.png
    assert verified(on_node)["differs"] == ["b.png"]
    assert repaired(on_node) == ["album: 1 picture indexed again."]
    assert stored()["b.png"]["_source"]["manifest"]["size"] != 7


def test_what_was_written_later_elsewhere_is_learnt_and_not_encoded_again(
    indexed: Path,
    on_node: Command,
    stored: Stored,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: Path,
) -> None:
    """Two users of one machine, each with a memory of their own."""
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "other-state"))
    captions = tmp_path / "later.tsv"
    captions.write_text("b.png\tA later caption\n")
    assert on_node("index", indexed, "--captions", captions).status == 0
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(state))
    assert "b.png" in verified(on_node)["differs"]
    before = stored()
    (sentence,) = repaired(on_node)
    assert sentence.startswith("Noted from the index: ")
    assert stored() == before


def test_documents_of_no_file_are_deleted(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    put(node, index_name, "foreign", {"id": "foreign", "source": "album", "path": "nowhere.png"})
    assert verified(on_node)["stray"] == ["foreign"]
    assert repaired(on_node) == ["album: 1 document of no file deleted."]
    assert set(stored()) == set(NAMES)


def test_new_changed_and_gone_files_are_followed(indexed: Path, on_node: Command) -> None:
    draw_picture(indexed / "new.png", seed=99)
    draw_picture(indexed / "a.png", "blue", seed=98)
    (indexed / "f.png").unlink()
    found = verified(on_node)
    assert (found["not_indexed"], found["out_of_date"], found["gone"]) == (
        ["new.png"],
        ["a.png"],
        ["f.png"],
    )
    assert repaired(on_node) == [
        "album: 1 picture added.",
        "album: 1 picture indexed again.",
        "album: 1 picture removed, whose files are gone.",
    ]


def test_many_that_are_gone_at_once_stay_until_the_user_says_so(
    indexed: Path, on_node: Command, stored: Stored
) -> None:
    for name in NAMES[1:]:
        (indexed / name).unlink()
    found = verified(on_node, "--repair")
    assert not found["agrees"]
    assert found["repaired"] == []
    assert "--prune" in on_node("verify").out
    assert len(stored()) == len(NAMES)
    assert repaired(on_node, "--prune") == [
        f"album: {len(NAMES) - 1} pictures removed, whose files are gone."
    ]


def test_a_deleted_registry_is_made_again_and_the_source_bound(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    node.request("DELETE", f"/{index_name}.sources")
    found = verified(on_node)
    assert (found["source"], found["unbound"]) == ("album", len(NAMES))
    assert "is missing" in found["damage"][0]
    made, bound = repaired(on_node)
    assert "made again" in made
    assert f"file://{indexed}" in bound
    facts = json.loads(on_node("status", "--json").out)
    assert [source["folder"] for source in facts["sources"]] == [str(indexed)]


def test_documents_of_a_folder_that_is_not_here_are_told_and_left_alone(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    node.request("DELETE", f"/{index_name}.sources")
    indexed.rename(indexed.with_name("moved"))
    found = verified(on_node, "--repair")
    assert found["unbound"] == len(NAMES)
    said = on_node("verify").out
    assert f"lsr-os forget --url {node.url} --index {index_name} album" in said
    assert len(stored()) == len(NAMES)
    assert "6 pictures" in on_node("forget", "album", "--yes").out
    assert stored() == {}


def test_documents_of_no_source_are_told(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    put(node, index_name, "foreign", {"id": "foreign"})
    done = on_node("verify")
    assert done.status == 1
    assert "1 document of no source" in done.out


def test_a_missing_alias_is_brought_back(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    action = {"remove": {"index": f"{index_name}-000001", "alias": index_name}}
    node.request("POST", "/_aliases", {"actions": [action]})
    done = on_node("verify")
    assert done.status == 1
    assert "--repair" in done.err
    (sentence,) = repaired(on_node)
    assert f"points at {index_name}-000001 again" in sentence


def test_of_several_indexes_the_one_that_this_machine_wrote_gets_its_alias_back(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, state: Path
) -> None:
    found = node.request("GET", f"/{index_name}-000001").body[f"{index_name}-000001"]
    node.request("PUT", f"/{index_name}-000002", {"mappings": found["mappings"]})
    action = {"remove": {"index": f"{index_name}-000001", "alias": index_name}}
    node.request("POST", "/_aliases", {"actions": [action]})
    edit(state, "UPDATE indexes SET name = 'x'")
    done = on_node("verify", "--repair")
    assert done.status == 1
    assert "may be for any of" in done.err
    assert "_aliases" in done.err
    edit(state, f"UPDATE indexes SET name = '{index_name}'")
    (sentence,) = repaired(on_node)
    assert "-000001 again" in sentence


def test_an_index_that_a_rebuild_kept_does_not_get_the_alias(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, state: Path
) -> None:
    """Even where this machine remembers no other."""
    old = edit(state, "SELECT uuid FROM indexes")[0][0]
    done = on_node("reindex", "--keep-old")
    assert done.status == 0, done.err
    edit(state, f"UPDATE indexes SET uuid = '{old}'")
    action = {"remove": {"index": f"{index_name}-000002", "alias": index_name}}
    node.request("POST", "/_aliases", {"actions": [action]})
    assert "-000002 again" in repaired(on_node)[0]


def test_an_alias_of_two_indexes_is_told(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    node.request("PUT", f"/{index_name}-other", {"aliases": {index_name: {}}})
    for options in ((), ("--repair",)):
        done = on_node("verify", *options)
        assert done.status == 1
        assert "several indexes" in done.err


def test_settings_of_a_load_are_put_back(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    left = {"refresh_interval": "-1", "auto_expand_replicas": False, "number_of_replicas": 0}
    node.request("PUT", f"/{index_name}/_settings", {"index": left})
    assert "settings of a load" in verified(on_node)["damage"][0]
    (sentence,) = repaired(on_node)
    assert "settings for searches" in sentence


def test_words_and_captions_that_somebody_changed_are_mended(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    keys = {path: hit["_id"] for path, hit in stored().items()}
    before = [in_full(node, index_name, keys[path]) for path in ("a.png", "b.png")]
    changes = {"a.png": {"captions": ["spam"]}, "b.png": {"image_terms": {"spam": 3.0}}}
    for path, change in changes.items():
        node.request("POST", f"/{index_name}/_update/{keys[path]}?refresh=true", {"doc": change})
    assert verified(on_node)["differs"] == ["a.png", "b.png"]
    assert repaired(on_node) == ["album: 2 pictures indexed again."]
    after = [in_full(node, index_name, keys[path]) for path in ("a.png", "b.png")]
    changing = {"indexed_at": None}
    assert [one | changing for one in after] == [one | changing for one in before]


def test_a_write_block_is_told_and_not_lifted(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    node.request("PUT", f"/{index_name}/_settings", {"index.blocks.write": True})
    for options in ((), ("--repair",)):
        done = on_node("verify", *options)
        assert done.status == 1
        assert '{"index.blocks.write": null}' in done.out
    settings = node.request("GET", f"/{index_name}/_settings?flat_settings=true").body
    assert settings[f"{index_name}-000001"]["settings"]["index.blocks.write"] == "true"


def test_a_forget_that_was_interrupted_is_finished(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, stored: Stored
) -> None:
    answer = node.request("POST", f"/{index_name}.sources/_search").body
    (hit,) = answer["hits"]["hits"]
    put(node, f"{index_name}.sources", hit["_id"], hit["_source"] | {"leaving": True})
    assert "being forgotten" in verified(on_node)["damage"][0]
    done = on_node("verify", "--repair")
    assert done.status == 0
    assert "was forgotten, with 6 pictures that it had left" in done.out
    assert stored() == {}


def test_a_lost_record_of_this_machine_is_found_out_and_kept_by_a_repair_alone(
    indexed: Path, on_node: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = tmp_path / "another-state"
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(another))
    assert verified(on_node)["agrees"]
    assert not another.exists()
    (sentence,) = repaired(on_node)
    assert "was lost" in sentence
    assert another.exists()


def test_what_was_sent_without_an_answer_is_settled(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, state: Path, stored: Stored
) -> None:
    """One that arrived all the same, and one that did not."""
    node.request("DELETE", f"/{index_name}/_doc/{stored()['b.png']['_id']}?refresh=true")
    paths = "x'612e706e67', x'622e706e67'"  # a.png, b.png
    edit(state, f"UPDATE manifest SET pending = 1, revision = 0 WHERE path IN ({paths})")
    assert verified(on_node)["pending"] == ["a.png", "b.png"]
    assert repaired(on_node) == [
        "Noted from the index: 1 picture of 'album'.",
        "album: 1 picture added.",
    ]


def test_an_index_made_anew_is_told_and_taken(
    indexed: Path,
    on_node: Command,
    node: Endpoint,
    index_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: Path,
) -> None:
    node.request("DELETE", f"/{index_name}-000001")
    assert on_node("verify", "--repair").status == 1
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "other-state"))
    assert on_node("index", indexed).status == 0
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(state))
    assert "made anew" in verified(on_node)["damage"][0]
    assert "was lost" in repaired(on_node)[0]


def test_the_folder_of_another_machine_is_not_called_wrong(
    indexed: Path, on_node: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSR_OS_HOST", "another-machine")
    (indexed / "a.png").unlink()
    for options in ((), ("--repair",)):
        found = verified(on_node, *options)
        assert found["agrees"]
        assert found["elsewhere"]
    assert "the folder is on" in on_node("verify").out


def test_verify_alone_changes_nothing(
    indexed: Path, on_node: Command, node: Endpoint, index_name: str, state: Path, stored: Stored
) -> None:
    for name in ("a.png", "b.png"):
        node.request("DELETE", f"/{index_name}/_doc/{stored()[name]['_id']}?refresh=true")
    (indexed / "c.png").unlink()
    before = stored(), sorted(file.name for file in state.iterdir())
    assert on_node("verify").status == 1
    assert (stored(), sorted(file.name for file in state.iterdir())) == before
