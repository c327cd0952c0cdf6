"""Which engine an answer comes from, and which version."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.detection import engine_of, version_of
from lsr_opensearch.engines.cluster.connection.port import Response

ELASTIC = {"x-elastic-product": "Elasticsearch"}
OPENSEARCH_3 = {"x-opensearch-version": "OpenSearch/3.6.0 (opensearch)"}
DENIED = {"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}


@pytest.mark.parametrize(
    ("status", "body", "headers", "engine", "version"),
    [
        (200, {"version": {"number": "9.5.0"}}, ELASTIC, "elasticsearch", (9, 5, 0)),
        (200, {"version": {"number": "8.11.0-SNAPSHOT"}}, ELASTIC, "elasticsearch", (8, 11, 0)),
        (405, {"error": "Incorrect HTTP method", "status": 405}, ELASTIC, "elasticsearch", None),
        (403, DENIED, ELASTIC, "elasticsearch", None),
        (403, DENIED, OPENSEARCH_3, "opensearch", (3, 6, 0)),
        (403, DENIED, {}, "opensearch", None),
        (405, {"error": "Incorrect HTTP method", "status": 405}, {}, "opensearch", None),
        (
            200,
            {"version": {"number": "2.19.4", "distribution": "opensearch"}},
            {},
            "opensearch",
            (2, 19, 4),
        ),
        (
            200,
            {"version": {"number": "7.10.2"}, "tagline": "The OpenSearch Project: …"},
            {},
            "opensearch",
            (7, 10, 2),
        ),
        (
            200,
            {"version": {"number": "7.10.2"}, "tagline": "You Know, for Search"},
            {},
            "elasticsearch",
            (7, 10, 2),
        ),
        (
            200,
            {"nodes": {"a": {"version": "2.19.6"}, "b": {"version": "2.9.0"}}},
            {},
            "opensearch",
            (2, 9, 0),
        ),
        (
            200,
            [{"version": "7.17.29"}, {"version": "8.0.0"}],
            ELASTIC,
            "elasticsearch",
            (7, 17, 29),
        ),
        (200, "<html>", {}, None, None),
        (200, {"version": "1.2.3"}, {}, None, None),
        (200, {"version": {"number": "1.2.3"}}, {}, None, (1, 2, 3)),
        (404, {"error": "Not Found", "status": 404, "path": "/"}, {}, None, None),
        (200, {}, {}, None, None),
        (200, ["x"], {}, None, None),
        (200, None, {}, None, None),
    ],
)
def test_an_answer_tells_engine_and_version(
    status: int,
    body: Any,
    headers: dict[str, str],
    engine: str | None,
    version: tuple[int, int, int] | None,
) -> None:
    response = Response(status, body, headers)
    assert (engine_of(response), version_of(response)) == (engine, version)
