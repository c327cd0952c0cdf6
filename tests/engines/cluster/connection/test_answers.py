"""What error bodies say, as real nodes sent them."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.answers import (
    ErrorDetail,
    block_numbers,
    error_of,
    is_disk_block,
)

FLOOD = (
    "index [t1] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index "
    "has read-only-allow-delete block];"
)


def test_the_innermost_cause_is_the_root() -> None:
    body = {
        "error": {
            "root_cause": [{"type": "parsing_exception", "reason": "unknown query [nix]"}],
            "type": "parsing_exception",
            "reason": "unknown query [nix]",
            "caused_by": {
                "type": "x",
                "reason": "y",
                "caused_by": {"type": "named_object_not_found_exception", "reason": "[1:17] nix"},
            },
        },
        "status": 400,
    }
    assert error_of(body) == ErrorDetail(
        "parsing_exception",
        "unknown query [nix]",
        "named_object_not_found_exception",
        "[1:17] nix",
    )


def test_the_first_failed_shard_says_why_all_failed() -> None:
    body = {
        "error": {
            "root_cause": [{"type": "query_shard_exception", "reason": "failed to create query"}],
            "type": "search_phase_execution_exception",
            "reason": "all shards failed",
            "failed_shards": [
                {
                    "reason": {
                        "type": "query_shard_exception",
                        "reason": "failed to create query",
                        "caused_by": {"type": "too_many_clauses", "reason": "maxClauseCount 1024"},
                    }
                }
            ],
        }
    }
    detail = error_of(body)
    assert (detail.type, detail.root_type) == (
        "search_phase_execution_exception",
        "too_many_clauses",
    )


def test_an_item_of_a_bulk_answer_is_an_error_without_a_wrapper() -> None:
    item = {"type": "mapper_parsing_exception", "reason": "a", "caused_by": {"reason": "b"}}
    assert error_of(item) == ErrorDetail(
        "mapper_parsing_exception", "a", "mapper_parsing_exception", "b"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Unauthorized", "Unauthorized"),
        ("<html><head><title>502 Bad\n Gateway</title></head>…", "502 Bad Gateway"),
        ({"error": "alias [x] missing", "status": 404}, "alias [x] missing"),
        ({"Message": "User: anonymous is not authorized"}, "User: anonymous is not authorized"),
        ({"message": "no Route matched"}, "no Route matched"),
        ("", ""),
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"error": None}, ""),
        ({"error": {"type": 1, "reason": ["x"], "root_cause": "x", "caused_by": 3}}, ""),
    ],
)
def test_what_is_no_error_object_gives_its_text(body: Any, reason: str) -> None:
    assert error_of(body) == ErrorDetail("", reason, "", reason)


def test_long_texts_are_cut() -> None:
    assert len(error_of("x" * 10_000).reason) < 400


@pytest.mark.parametrize(
    ("reason", "full"),
    [
        (FLOOD, True),
        ("blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];", True),
        ("blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];", True),
        ("blocked by: [FORBIDDEN/13/cluster read-only / allow delete (api)];", True),
        ("index [t1] blocked by: [FORBIDDEN/5/index read-only (api)];", False),
        ("index [t1] blocked by: [FORBIDDEN/8/index write (api)];", False),
    ],
)
def test_a_nearly_full_disk_is_told_from_other_blocks(reason: str, full: bool) -> None:
    assert is_disk_block(error_of({"type": "cluster_block_exception", "reason": reason})) is full


def test_an_overload_is_no_block() -> None:
    detail = error_of({"type": "rejected_execution_exception", "reason": "x [A/12/y]"})
    assert not is_disk_block(detail)


def test_all_blocks_are_named() -> None:
    reason = "blocked by: [FORBIDDEN/5/index read-only (api), FORBIDDEN/8/index write (api)];"
    detail = error_of({"type": "cluster_block_exception", "reason": reason})
    assert block_numbers(detail) == {5, 8}
