"""The commands, as users who may do no more than docs/connecting.md asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

from .nodes.endpoint import Endpoint
from .nodes.users import READER, WRITER, User

RunAs = Callable[..., Finished]
TERMS = ("image_terms", "caption_terms")


@pytest.fixture(params=["opensearch_secure_node", "elasticsearch_secure_node"])
def secure(request: pytest.FixtureRequest) -> Endpoint:
    """Each secured node in turn."""
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


@pytest.fixture
def run_as(
    secure: Endpoint, lsr_os: RunAs, index_name: str, monkeypatch: pytest.MonkeyPatch
) -> RunAs:
    """Runs a command as a user, who may not ask the cluster for its version."""
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(secure.ca_file))

    def run(user: User, command: str, *arguments: Any) -> Finished:
        monkeypatch.setenv("LSR_OS_USER", user.name)
        monkeypatch.setenv("LSR_OS_PASSWORD", user.password)
        done = lsr_os(command, *arguments, "--url", secure.url, "--index", index_name)
        assert "Traceback" not in done.err
        assert user.password not in done.out + done.err
        return done

    return run


@pytest.fixture
def indexed(tmp_path: Path, run_as: RunAs, secure: Endpoint) -> Path:
    """Three pictures with captions, indexed by who may write."""
    folder = tmp_path / "album"
    folder.mkdir()
    for number, (name, caption) in enumerate({"a": "A dog", "b": "A red door", "c": ""}.items()):
        draw_picture(folder / f"{name}.png", seed=number)
        (folder / f"{name}.txt").write_text(caption)
    kind = "sparse_vector" if secure.engine == "elasticsearch" else "rank_features"
    done = run_as(WRITER, "index", folder, "--field-type", kind)
    assert done.status == 0, done.err
    return folder


Words = Callable[[], dict[str, Mapping[str, Any]]]


@pytest.fixture
def words(secure: Endpoint, index_name: str) -> Words:
    """Path -> the term weights that are in the index."""
    asked = "&_source_exclude_vectors=false" if secure.engine == "elasticsearch" else ""

    def look() -> dict[str, Mapping[str, Any]]:
        answer = secure.request("POST", f"/{index_name}/_search?size=10{asked}").body
        sources = [hit["_source"] for hit in answer["hits"]["hits"]]
        return {one["path"]: {f: one[f] for f in TERMS if f in one} for one in sources}

    return look


def lose_words(secure: Endpoint, index: str, path: str) -> None:
    """Write a document without its words and in its own version: what a faulty copy leaves."""
    body = {"query": {"term": {"path": path}}, "version": True}
    (hit,) = secure.request("POST", f"/{index}/_search", body).body["hits"]["hits"]
    bare = {name: value for name, value in hit["_source"].items() if name not in TERMS}
    how = f"refresh=true&version={hit['_version']}&version_type=external_gte"
    answer = secure.request("PUT", f"/{index}/_doc/{hit['_id']}?{how}", bare)
    assert answer.status == 200, answer.body


@pytest.mark.usefixtures("indexed")
def test_a_reader_finds_pictures_and_sees_the_words_that_matched(run_as: RunAs) -> None:
    done = run_as(READER, "search", "dog", "--json")
    assert done.status == 0, done.err
    hits = [json.loads(line) for line in done.out.splitlines()]
    assert hits
    for hit in hits:
        assert sum(match["score"] for match in hit["matched"]) == pytest.approx(hit["score"])
    for how in ((), ("--explain",)):
        shown = run_as(READER, "search", "dog", *how)
        assert shown.status == 0
        assert "dog" in shown.out
        assert "could not be read" not in shown.err


@pytest.mark.usefixtures("indexed")
def test_what_was_indexed_agrees_also_for_who_may_only_read(run_as: RunAs) -> None:
    for user in (WRITER, READER):
        done = run_as(user, "verify", "--json")
        assert done.status == 0, done.out
        assert json.loads(done.out)["words_differ"] == []


@pytest.mark.usefixtures("indexed")
def test_a_rebuild_by_copying_keeps_every_word(run_as: RunAs, words: Words) -> None:
    before = words()
    assert "dog" in before["a.png"]["caption_terms"]
    done = run_as(WRITER, "reindex", "--drop-old")
    assert done.status == 0, done.err
    assert words() == before
    assert run_as(WRITER, "verify").status == 0


@pytest.mark.usefixtures("indexed")
def test_words_that_were_lost_stop_a_rebuild_and_are_brought_back(
    run_as: RunAs, words: Words, secure: Endpoint, index_name: str
) -> None:
    before = words()
    lose_words(secure, index_name, "a.png")
    found = run_as(WRITER, "verify", "--json")
    assert found.status == 1
    assert json.loads(found.out)["words_differ"] == ["a.png"]

    refused = run_as(WRITER, "reindex", "--drop-old")
    assert refused.status == 1
    assert "a.png" in refused.err
    assert "lsr-os verify" in refused.err
    assert "--repair" in refused.err

    assert run_as(WRITER, "verify", "--repair").status == 0
    assert words() == before
    assert run_as(WRITER, "reindex", "--drop-old").status == 0
    assert words() == before


@pytest.mark.usefixtures("indexed")
def test_the_query_that_is_shown_finds_the_same_and_holds_no_secret(
    run_as: RunAs, secure: Endpoint, index_name: str
) -> None:
    shown = run_as(READER, "search", "dog", "--show-query")
    assert shown.status == 0, shown.err
    assert READER.name not in shown.out
    answer = secure.request(
        "POST", f"/{index_name}/_search", json.loads(shown.out), user=READER
    ).body
    pasted = [hit["_source"]["path"] for hit in answer["hits"]["hits"]]
    done = run_as(READER, "search", "dog", "--json")
    assert pasted == [json.loads(line)["path"] for line in done.out.splitlines()]


def test_a_refused_password_is_not_shown(run_as: RunAs) -> None:
    for command in (("search", "dog"), ("search", "dog", "--show-query"), ("status", "--json")):
        done = run_as(User(READER.name, "wrong-and-secret"), *command)
        assert done.status == 1
        assert READER.name in done.err


def test_a_refused_api_key_is_not_shown(
    elasticsearch_secure_node: Endpoint, lsr_os: RunAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(elasticsearch_secure_node.ca_file))
    monkeypatch.setenv("LSR_OS_API_KEY", "an-id:an-unknown-key")
    done = lsr_os("search", "dog", "--show-query", "--url", elasticsearch_secure_node.url)
    assert done.status == 1
    assert "API key" in done.err
    assert "an-unknown-key" not in done.out + done.err


@pytest.mark.usefixtures("indexed")
def test_a_certificate_that_is_not_checked_is_warned_of_by_the_command(
    run_as: RunAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LSR_OS_CA_CERTS")
    done = run_as(READER, "search", "dog", "--insecure", "--json")
    assert done.status == 0, done.err
    assert "Warning" in done.err
    assert "not checked" in done.err
    assert all(json.loads(line) for line in done.out.splitlines())


@pytest.mark.usefixtures("indexed")
def test_a_password_in_the_url_is_warned_of_by_the_command_and_not_shown(
    secure: Endpoint, lsr_os: RunAs, index_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LSR_OS_USER", "LSR_OS_PASSWORD"):
        monkeypatch.delenv(name)
    url = secure.url.replace("https://", f"https://{READER.name}:{READER.password}@")
    for how in ("--json", "--show-query"):
        done = lsr_os("search", "dog", how, "--url", url, "--index", index_name)
        assert done.status == 0, done.err
        assert "Warning" in done.err
        assert "LSR_OS_PASSWORD" in done.err
        assert READER.password not in done.out + done.err
