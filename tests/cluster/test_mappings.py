"""What real nodes make of the settings and mappings, and of documents that do not fit them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.documents import encode_document
from lsr_opensearch.engines.cluster.mapping import (
    FieldType,
    index_body,
    loading_settings,
    read_meta,
    serving_settings,
)
from lsr_opensearch.engines.port import Document
from tests.engines.model import SCHEMA

from .nodes.endpoint import Endpoint

MADE: tuple[tuple[str, FieldType], ...] = (
    ("opensearch_node", "rank_features"),
    ("elasticsearch7_node", "rank_features"),
    ("elasticsearch_node", "sparse_vector"),
)


@pytest.fixture(params=MADE, ids=lambda made: made[0])
def made(request: pytest.FixtureRequest) -> tuple[Endpoint, FieldType]:
    fixture, field_type = request.param
    return request.getfixturevalue(fixture), field_type


def create(node: Endpoint, field_type: FieldType, name: str, *, loading: bool) -> dict[str, Any]:
    """What the node says of a new index."""
    body = index_body(SCHEMA, name, engine=node.engine, field_type=field_type, loading=loading)
    answer = node.request("PUT", f"/{name}", body)
    assert answer.status == 200, answer.body
    return described(node, name)


def described(node: Endpoint, name: str) -> dict[str, Any]:
    found: dict[str, Any] = node.request("GET", f"/{name}?flat_settings=true").body[name]
    return found


def test_an_index_says_what_it_holds(made: tuple[Endpoint, FieldType], index_name: str) -> None:
    node, field_type = made
    meta = read_meta(create(node, field_type, index_name, loading=False)["mappings"]["_meta"])
    assert meta is not None
    assert (meta.schema, meta.field_type) == (SCHEMA, field_type)


def test_an_index_is_made_for_loading_and_set_to_serving(
    made: tuple[Endpoint, FieldType], index_name: str
) -> None:
    node, field_type = made
    loading = create(node, field_type, index_name, loading=True)["settings"]
    assert loading["index.refresh_interval"] == "-1"
    assert loading["index.number_of_replicas"] == "0"
    assert loading["index.codec"] == "best_compression"
    assert loading["index.gc_deletes"] == "1h"
    for settings, interval in ((serving_settings(), None), (loading_settings(), "-1")):
        assert node.request("PUT", f"/{index_name}/_settings", settings).status == 200
        assert described(node, index_name)["settings"].get("index.refresh_interval") == interval
    serving = create(node, field_type, f"{index_name}-2", loading=False)["settings"]
    assert serving["index.auto_expand_replicas"] == "0-1"
    assert "index.refresh_interval" not in serving


def test_an_index_for_serving_is_complete_on_a_single_node(
    made: tuple[Endpoint, FieldType], index_name: str
) -> None:
    node, field_type = made
    create(node, field_type, index_name, loading=False)
    health = node.request("GET", f"/_cluster/health/{index_name}?wait_for_status=green")
    assert health.body["status"] == "green"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (Document("1", {"image_terms": {"x" * 40_000: 1.0}}, {}), "32766"),
        (Document("1", {"image_terms": {"dog": 0.0}}, {}), "positive normal float"),
        (Document("1", {}, {"taken_at": "yesterday"}), "taken_at"),
        (Document("1", {}, {"width": "wide"}), "width"),
        (Document("1", {}, {"location": {"lat": 1000, "lon": 0}}), "location"),
    ],
)
def test_documents_that_do_not_fit_are_refused_one_by_one(
    made: tuple[Endpoint, FieldType], index_name: str, document: Document, reason: str
) -> None:
    node, field_type = made
    create(node, field_type, index_name, loading=False)
    lines: list[object] = []
    for one in (document, Document("2", {"image_terms": {"dog": 1.0}}, {})):
        source = encode_document(one, source="s", fields=SCHEMA.fields)
        lines += [{"index": {"_id": one.id}}, json.loads(source)]
    answer = node.request("POST", f"/{index_name}/_bulk", lines)
    refused, taken = (item["index"] for item in answer.body["items"])
    assert (refused["status"], taken["status"]) == (400, 201)
    assert reason in json.dumps(refused["error"])
