"""What each answer of a cluster means for a change, without a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.bulk.change import Change
from lsr_opensearch.engines.cluster.bulk.outcomes import Meaning, Outcome, outcomes_of
from lsr_opensearch.engines.cluster.connection.port import Response

_WRITE, _DELETE = Change("a", 1, b"{}"), Change("b", 1, None)
_FLOOD = "index [p] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];"


def _error(kind: str, reason: str = "") -> dict[str, Any]:
    return {"type": kind, "reason": reason}


def _item_meaning(status: int, error: dict[str, Any] | None, change: Change = _WRITE) -> Meaning:
    said: dict[str, Any] = {"status": status} | ({"error": error} if error else {})
    op = "delete" if change.source is None else "index"
    outcomes = outcomes_of(Response(200, {"items": [{op: said}]}), [change])
    assert isinstance(outcomes, list)
    return outcomes[0].meaning


@pytest.mark.parametrize(
    ("status", "kind", "reason", "meaning"),
    [
        (200, "", "", "acknowledged"),
        (201, "", "", "acknowledged"),
        (409, "version_conflict_engine_exception", "", "superseded"),
        (429, "es_rejected_execution_exception", "", "again"),
        (429, "rejected_execution_exception", "", "again"),
        (429, "circuit_breaking_exception", "", "again"),
        (429, "cluster_block_exception", _FLOOD, "blocked"),
        (403, "cluster_block_exception", "[FORBIDDEN/8/index write (api)]", "blocked"),
        (503, "cluster_block_exception", "[SERVICE_UNAVAILABLE/1/state not recovered]", "again"),
        (503, "unavailable_shards_exception", "", "again"),
        (503, "process_cluster_event_timeout_exception", "", "again"),
        (500, "translog_exception", "", "again"),
        (404, "index_not_found_exception", "", "no_index"),
        (400, "index_closed_exception", "", "no_index"),
        (400, "illegal_argument_exception", "no write index is defined for alias [p].", "no_index"),
        (403, "security_exception", "no permissions", "forbidden"),
        (400, "mapper_parsing_exception", "failed to parse", "rejected"),
        (400, "illegal_argument_exception", "Document contains an immense term", "rejected"),
        (400, "strict_dynamic_mapping_exception", "", "rejected"),
    ],
)
def test_an_item_means(status: int, kind: str, reason: str, meaning: Meaning) -> None:
    assert _item_meaning(status, _error(kind, reason) if kind else None) == meaning


def test_deleting_what_is_not_there_is_acknowledged() -> None:
    assert _item_meaning(404, None, _DELETE) == "acknowledged"


def test_deleting_from_a_missing_index_is_not() -> None:
    assert _item_meaning(404, _error("index_not_found_exception"), _DELETE) == "no_index"


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (429, {"error": _error("circuit_breaking_exception"), "status": 429}, "again"),
        (429, {"error": _error("cluster_block_exception", _FLOOD), "status": 429}, "blocked"),
        (503, {"error": _error("cluster_block_exception", "no master"), "status": 503}, "again"),
        (502, "<html><title>502 Bad Gateway</title></html>", "again"),
        (504, "", "again"),
        (500, {"error": _error("null_pointer_exception"), "status": 500}, "again"),
        (408, "", "again"),
        (413, "", "split"),
        (400, {"error": _error("action_request_validation_exception"), "status": 400}, "split"),
        (400, "<html><title>400 Bad Request</title></html>", "refused"),
        (401, "Unauthorized", "forbidden"),
        (403, {"error": _error("security_exception"), "status": 403}, "forbidden"),
        (407, "", "forbidden"),
        (404, {"error": _error("index_not_found_exception"), "status": 404}, "no_index"),
        (404, "<html><title>Not Found</title></html>", "refused"),
        (405, "", "refused"),
        (302, "", "refused"),
        (200, "<html>Log in</html>", "again"),
        (200, {}, "again"),
        (200, {"items": "many"}, "again"),
        (200, {"items": []}, "again"),
        (200, {"items": [{"index": {"status": 201}}] * 2}, "again"),
        (200, {"items": [{"delete": {"status": 200}}]}, "again"),
        (200, {"items": [{"index": {}}]}, "again"),
        (200, {"items": [{"index": {"status": 400}}]}, "again"),
        (200, {"items": [None]}, "again"),
        (200, {"items": [{"index": {"status": 404}}]}, "again"),
    ],
)
def test_a_whole_answer_means(status: int, body: Any, meaning: Meaning) -> None:
    outcome = outcomes_of(Response(status, body), [_WRITE])

    assert isinstance(outcome, Outcome)
    assert outcome.meaning == meaning


def test_each_change_has_the_outcome_of_its_own_item() -> None:
    items = [{"index": {"status": 201}}, {"delete": {"status": 429, "error": _error("busy")}}]

    outcomes = outcomes_of(Response(200, {"items": items}), [_WRITE, _DELETE])

    assert isinstance(outcomes, list)
    assert [outcome.meaning for outcome in outcomes] == ["acknowledged", "again"]


def test_an_outcome_says_what_the_innermost_cause_was() -> None:
    error = _error("mapper_parsing_exception", "failed to parse") | {
        "caused_by": _error("illegal_argument_exception", "must be a positive normal float")
    }

    outcomes = outcomes_of(
        Response(200, {"items": [{"index": {"status": 400, "error": error}}]}), [_WRITE]
    )

    assert isinstance(outcomes, list)
    assert str(outcomes[0]) == (
        "status 400: mapper_parsing_exception: failed to parse: must be a positive normal float"
    )
