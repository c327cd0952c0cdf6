"""What `lsr-os doctor` finds on real nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.cluster.nodes.kinds import OPENSEARCH2
from tests.cluster.nodes.users import NOBODY, READER, WRITER, User
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
    kind = ["--field-type", node.field_type]
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
    assert findings["connection"]["message"].startswith(node.url)
    assert findings["version"]["message"].split()[-1] in node.version()
    for check in ("field types", "permissions", "sources", "disk", "cluster block"):
        assert findings[check]["state"] == "ok", findings[check]
    done = on_node("doctor")
    assert done.status == 0
    assert "local record" in done.out


@pytest.mark.usefixtures("indexed")
def test_nothing_is_changed(
    found: Findings,
    node: Endpoint,
    index_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def everything() -> Any:
        paths = (
            f"/{index_name}*?flat_settings=true&expand_wildcards=all",
            f"/{index_name}*/_stats/docs?filter_path=indices.*.primaries.docs&expand_wildcards=all",
            "/_index_template",
        )
        return [node.request("GET", path).body for path in paths]

    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "new-state"))
    before = everything()
    found()
    assert everything() == before
    assert not (tmp_path / "new-state").exists()


def test_no_index_yet_is_no_problem(found: Findings, on_node: Command) -> None:
    assert found()["alias"]["state"] == "note"
    assert on_node("doctor").status == 0


def test_a_node_without_rank_features_is_told_with_what_to_use(
    found: Findings, node: Endpoint
) -> None:
    finding = found()["field types"]
    if node.field_type == "sparse_vector":
        assert finding["state"] == "note"
        assert "--field-type sparse_vector" in finding["remedy"]
    else:
        assert finding["state"] == "ok"


def test_plugins_are_named_and_none_is_called_needed(found: Findings, node: Endpoint) -> None:
    rows = node.request("GET", "/_cat/plugins?format=json").body
    installed = sorted({row["component"] for row in rows})
    if node.kind is not None and node.kind.has_neural_sparse:
        assert "opensearch-neural-search" in installed
    finding = found()["plugins"]
    assert finding["state"] == "ok"
    assert finding["message"] == f"{', '.join(installed) or 'none'} (none is needed)"


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
def test_a_closed_index_is_a_problem_with_the_request_that_opens_it(
    found: Findings, node: Endpoint, index_name: str
) -> None:
    node.request("POST", f"/{index_name}/_close")
    finding = found()["index block"]
    assert finding["state"] == "problem"
    assert finding["remedy"] == f"Open it: POST /{index_name}-000001/_open"
    node.request("POST", f"/{index_name}-000001/_open")
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
    assert found()["settings"]["remedy"].endswith(" --repair")


@pytest.mark.usefixtures("indexed")
def test_small_result_windows_are_told(found: Findings, node: Endpoint, index_name: str) -> None:
    path = f"/{index_name}-000001/_settings"
    node.request("PUT", path, {"index.max_result_window": 5000})
    assert found()["settings"]["state"] == "note"
    node.request("PUT", path, {"index.max_result_window": 500})
    finding = found()["settings"]
    assert finding["state"] == "problem"
    method, path, body = finding["remedy"].split(": ", 1)[1].split(" ", 2)
    assert node.request(method, path, json.loads(body)).status == 200
    assert "settings" not in found()


@pytest.mark.usefixtures("indexed")
def test_a_missing_alias_is_a_problem_that_verify_mends(
    found: Findings, node: Endpoint, index_name: str
) -> None:
    action = {"remove": {"index": f"{index_name}-000001", "alias": index_name}}
    node.request("POST", "/_aliases", {"actions": [action]})
    finding = found()["alias"]
    assert finding["state"] == "problem"
    assert "--repair" in finding["remedy"]


@pytest.mark.usefixtures("indexed")
def test_a_missing_registry_is_a_problem_that_verify_mends(
    found: Findings, on_node: Command, node: Endpoint, index_name: str
) -> None:
    node.request("DELETE", f"/{index_name}.sources")
    finding = found()["sources"]
    assert finding["state"] == "problem"
    assert "--repair" in finding["remedy"]
    assert on_node("verify", "--repair").status == 0
    assert found()["sources"]["state"] == "ok"


@pytest.mark.usefixtures("indexed")
def test_a_machine_under_a_new_name_is_told_of_the_old_one(
    found: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSR_OS_HOST", "renamed")
    finding = found()["sources"]
    assert finding["state"] == "note"
    assert "LSR_OS_HOST=" in finding["remedy"]


@pytest.mark.usefixtures("indexed")
def test_what_rebuilds_left_is_told(found: Findings, node: Endpoint, index_name: str) -> None:
    made = node.request("GET", f"/{index_name}-000001").body[f"{index_name}-000001"]
    kept, begun = f"{index_name}-000002", f"{index_name}-000003"
    node.request("PUT", f"/{kept}", {"mappings": made["mappings"]})
    aliases = {f"{index_name}.next": {}}
    node.request("PUT", f"/{begun}", {"mappings": made["mappings"], "aliases": aliases})
    findings = found()
    assert begun in findings["rebuild"]["message"]
    assert "--abandon" in findings["rebuild"]["remedy"]
    assert f"{kept} (0 pictures" in findings["kept indexes"]["message"]
    assert findings["kept indexes"]["remedy"].endswith(f"DELETE /{kept}")


@pytest.mark.usefixtures("indexed")
def test_a_copy_without_a_node_is_a_note(found: Findings, node: Endpoint, index_name: str) -> None:
    settings = {"index": {"auto_expand_replicas": False, "number_of_replicas": 1}}
    node.request("PUT", f"/{index_name}-000001/_settings", settings)
    assert found()["health"]["state"] == "note"


def test_disks_beyond_the_marks_are_a_problem(
    start_node: Callable[..., Any], lsr_os: Command
) -> None:
    """On a node of the test's own: the marks are the whole cluster's."""
    prefix = "cluster.routing.allocation.disk."
    with start_node(OPENSEARCH2) as node:
        total = node.request("GET", "/_cat/allocation?format=json&bytes=b&h=disk.total").body[0]
        marks = {f"{prefix}watermark.{mark}": f"{total['disk.total']}b" for mark in ("low", "high")}
        settings = {f"{prefix}threshold_enabled": True, **marks}
        flood = {f"{prefix}watermark.flood_stage": "1b"}
        node.request("PUT", "/_cluster/settings", {"transient": {**settings, **flood}})
        done = lsr_os("doctor", "--json", "--url", node.url)
    findings = [json.loads(line) for line in done.out.splitlines()]
    (disk,) = [finding for finding in findings if finding["state"] == "problem"]
    assert "beyond the high mark" in disk["message"]
    assert done.status == 1


@pytest.fixture(params=["opensearch_secure_node", "elasticsearch_secure_node"])
def as_user(
    request: pytest.FixtureRequest, lsr_os: Command, monkeypatch: pytest.MonkeyPatch
) -> Callable[[User], dict[str, dict[str, str]]]:
    """What the doctor finds for a user of each secured node."""
    node: Endpoint = request.getfixturevalue(request.param)
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(node.ca_file))

    def run(user: User) -> dict[str, dict[str, str]]:
        monkeypatch.setenv("LSR_OS_USER", user.name)
        monkeypatch.setenv("LSR_OS_PASSWORD", user.password)
        url = f"{node.engine}+{node.url}"
        done = lsr_os("doctor", "--json", "--url", url, "--index", "lsr-none")
        assert "Traceback" not in done.err
        assert user.password not in done.out + done.err
        findings = {one["check"]: one for one in map(json.loads, done.out.splitlines())}
        problems = [one for one in findings.values() if one["state"] == "problem"]
        assert done.status == bool(problems)
        return findings

    return run


AsUser = Callable[[User], dict[str, dict[str, str]]]


def test_what_a_reader_may_not_see_is_unknown_with_the_permission_that_it_needs(
    as_user: AsUser,
) -> None:
    findings = as_user(READER)
    assert f"as the user {READER.name}" in findings["connection"]["message"]
    for check, needed in {
        "field types": "cluster:monitor/nodes/info",
        "clause limit": "cluster:monitor/",
        "disk": "cluster:monitor/state",
    }.items():
        assert findings[check]["state"] == "unknown"
        assert needed in findings[check]["message"]
    assert findings["permissions"]["state"] == "note"
    assert "Searching works, indexing does not" in findings["permissions"]["message"]


def test_who_may_write_has_all_permissions(as_user: AsUser) -> None:
    assert as_user(WRITER)["permissions"]["state"] == "ok"


def test_who_may_nothing_has_a_problem(as_user: AsUser) -> None:
    findings = as_user(NOBODY)
    assert findings["permissions"]["state"] == "problem"
    assert findings["alias"]["state"] == "unknown"


def test_a_wrong_password_ends_the_look(as_user: AsUser) -> None:
    finding = as_user(User("admin", "wrong-password"))["connection"]
    assert finding["state"] == "problem"
    assert "LSR_OS_PASSWORD" in finding["remedy"]


def test_a_cluster_that_does_not_answer_is_a_problem(lsr_os: Command) -> None:
    done = lsr_os("doctor", "--json", "--url", "http://127.0.0.1:1")
    assert done.status == 1
    findings = [json.loads(line) for line in done.out.splitlines()]
    assert findings[0]["check"] == "connection"
    assert findings[0]["state"] == "problem"
    assert findings[0]["remedy"]
