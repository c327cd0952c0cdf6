"""What `lsr-os doctor` finds on real nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.cluster.nodes.users import READER
from tests.conftest import Finished, draw_picture

Command = Callable[..., Finished]
Findings = Callable[[], dict[str, dict[str, str]]]


@pytest.fixture
def on_node(lsr_os: Command, node: Endpoint, index_name: str) -> Command:
    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", node.url, "--index", index_name)

    return run


@pytest.fixture
def indexed(tmp_path: Path, node: Endpoint, on_node: Command) -> None:
    """One picture in the index."""
    (tmp_path / "album").mkdir()
    draw_picture(tmp_path / "album" / "a.png")
    lacks_rank_features = node.kind is not None and node.kind.name == "elasticsearch"
    kind = ["--field-type", "sparse_vector"] if lacks_rank_features else []
    assert on_node("index", tmp_path / "album", *kind).status == 0


@pytest.fixture
def found(on_node: Command) -> Findings:
    """Check -> finding; where a check finds several things, the last."""

    def run() -> dict[str, dict[str, str]]:
        lines = on_node("doctor", "--json").out.splitlines()
        findings = [json.loads(line) for line in lines]
        return {finding["check"]: finding for finding in findings}

    return run


@pytest.mark.usefixtures("indexed")
def test_a_sound_index_has_no_problem(found: Findings, on_node: Command, node: Endpoint) -> None:
    findings = found()
    assert {check for check, finding in findings.items() if finding["state"] == "problem"} == set()
    for check in ("version", "alias", "health", "clock", "model", "local record", "clause limit"):
        assert findings[check]["state"] == "ok", findings[check]
    assert findings["version"]["message"].endswith(node.url)
    done = on_node("doctor")
    assert done.status == 0
    assert "local record" in done.out


def test_no_index_yet_is_no_problem(found: Findings, on_node: Command) -> None:
    assert found()["alias"]["state"] == "note"
    assert on_node("doctor").status == 0


def test_a_node_without_rank_features_is_told_with_what_to_use(
    found: Findings, node: Endpoint
) -> None:
    finding = found()["field types"]
    if node.kind is not None and node.kind.name == "elasticsearch":
        assert finding["state"] == "note"
        assert "--field-type sparse_vector" in finding["remedy"]
    else:
        assert finding["state"] == "ok"


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("block", ["write", "read_only_allow_delete"])
def test_a_block_is_found_with_the_request_that_lifts_it(
    block: str, found: Findings, on_node: Command, node: Endpoint, index_name: str
) -> None:
    path = f"/{index_name}-000001/_settings"
    node.request("PUT", path, {f"index.blocks.{block}": True})
    try:
        finding = found()["index block"]
        assert finding["state"] == "problem"
        method, path, body = finding["remedy"].split(": ", 1)[1].split(" ", 2)
    finally:
        node.request("PUT", path, {f"index.blocks.{block}": None})
    node.request("PUT", path, {f"index.blocks.{block}": True})
    assert node.request(method, path, json.loads(body)).status == 200
    assert "index block" not in found()


@pytest.mark.usefixtures("indexed")
def test_an_alias_with_two_indexes_is_a_problem(
    found: Findings, on_node: Command, node: Endpoint, index_name: str
) -> None:
    node.request("PUT", f"/{index_name}-other", {"aliases": {index_name: {}}})
    finding = found()["alias"]
    assert finding["state"] == "problem"
    assert f"{index_name}-other" in finding["message"]
    assert on_node("doctor").status == 1


@pytest.mark.usefixtures("indexed")
def test_settings_left_from_a_load_are_a_problem(
    found: Findings, node: Endpoint, index_name: str
) -> None:
    settings = {"index.refresh_interval": "-1", "index.auto_expand_replicas": False}
    node.request("PUT", f"/{index_name}-000001/_settings", settings)
    node.request("PUT", f"/{index_name}-000001/_settings", {"index.number_of_replicas": 0})
    assert found()["settings"]["remedy"] == "lsr-os verify --repair"


def test_what_a_reader_may_not_see_is_unknown_and_no_error(
    opensearch_secure_node: Endpoint, lsr_os: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = opensearch_secure_node
    monkeypatch.setenv("LSR_OS_USER", READER.name)
    monkeypatch.setenv("LSR_OS_PASSWORD", READER.password)
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(node.ca_file))
    done = lsr_os("doctor", "--json", "--url", node.url, "--index", "lsr-none")
    assert "Traceback" not in done.err
    findings = [json.loads(line) for line in done.out.splitlines()]
    assert "unknown" in {finding["state"] for finding in findings}
    assert "problem" not in {finding["state"] for finding in findings}


def test_a_cluster_that_does_not_answer_is_a_problem(lsr_os: Command) -> None:
    done = lsr_os("doctor", "--json", "--url", "http://127.0.0.1:1")
    assert done.status == 1
    (finding,) = map(json.loads, done.out.splitlines())
    assert finding["state"] == "problem"
    assert finding["remedy"]
