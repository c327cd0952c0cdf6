"""The body that makes an index, and what the index says of itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.mapping import (
    FieldType,
    index_body,
    loading_settings,
    read_meta,
    serving_settings,
)
from lsr_opensearch.engines.port import Schema, SparseField
from lsr_opensearch.errors import ClusterIndexError, UsageError
from lsr_opensearch.query.bodies.conditions import CAPTION_WORDS
from lsr_opensearch.query.bodies.filter_values import FILTER_VALUES
from lsr_opensearch.query.filters import FILTER_FIELDS
from lsr_opensearch.query.metadata import METADATA_FIELDS
from tests.engines.model import SCHEMA

TYPES: tuple[FieldType, ...] = ("rank_features", "sparse_vector")


def made(
    schema: Schema = SCHEMA, field_type: FieldType = "rank_features", *, loading: bool = False
) -> dict[str, Any]:
    return index_body(
        schema, "photos", engine="elasticsearch", field_type=field_type, loading=loading
    )


@pytest.mark.parametrize("field_type", TYPES)
def test_every_field_of_a_document_has_its_place_and_no_other_is_taken(
    field_type: FieldType,
) -> None:
    mappings = made(field_type=field_type)["mappings"]
    assert mappings["dynamic"] == "strict"
    assert set(mappings["properties"]) == {
        "id", *METADATA_FIELDS, *SCHEMA.fields, CAPTION_WORDS, FILTER_VALUES, "manifest",
    }  # fmt: skip


@pytest.mark.parametrize("field_type", TYPES)
def test_every_field_of_the_schema_is_of_the_type(field_type: FieldType) -> None:
    schema = Schema(
        "m", {"ocr_terms": SparseField("ocr", "s"), "image_terms": SCHEMA.fields["image_terms"]}
    )
    properties = made(schema, field_type)["mappings"]["properties"]
    assert properties["ocr_terms"] == properties["image_terms"] == {"type": field_type}
    assert "caption_terms" not in properties


def test_the_two_mappings_differ_in_nothing_but_the_type() -> None:
    one, other = made(field_type="rank_features"), made(field_type="sparse_vector")
    other["mappings"]["_meta"]["lsr_opensearch"]["field_type"] = "rank_features"
    for field in SCHEMA.fields:
        other["mappings"]["properties"][field]["type"] = "rank_features"
    assert one == other


def test_numbers_and_dates_are_typed_as_filters_compare_them() -> None:
    properties = made()["mappings"]["properties"]
    types = {"number": "long", "date": "date", "keyword": "keyword"}
    for field, kind in FILTER_FIELDS.items():
        assert properties[field]["type"] == types[kind]


def test_settings_for_loading_differ_from_those_for_serving() -> None:
    loading, serving = made(loading=True)["settings"]["index"], made()["settings"]["index"]
    assert loading.items() >= loading_settings()["index"].items()
    assert serving["auto_expand_replicas"] == "0-1"
    assert loading["refresh_interval"] == "-1"
    # A setting is brought back to its default, which a new index has.
    assert serving_settings()["index"]["refresh_interval"] is None
    assert "refresh_interval" not in serving
    assert loading["gc_deletes"] == serving["gc_deletes"] == "1h"


def test_opensearch_has_no_exact_sparse_vector() -> None:
    with pytest.raises(ClusterIndexError, match="OpenSearch"):
        index_body(SCHEMA, "photos", engine="opensearch", field_type="sparse_vector", loading=False)


@pytest.mark.parametrize("name", ["path", "id", "manifest", "filter_values"])
def test_a_sparse_field_cannot_take_the_place_of_another(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        made(Schema("m", {name: SparseField("image", "s")}))


@pytest.mark.parametrize("field_type", TYPES)
def test_an_index_says_what_it_was_made_with(field_type: FieldType) -> None:
    meta = made(field_type=field_type)["mappings"]["_meta"]
    found = read_meta(meta)
    assert found is not None
    assert (found.schema, found.field_type) == (SCHEMA, field_type)


@pytest.mark.parametrize("meta", [None, {}, {"owner": "somebody"}])
def test_an_index_of_somebody_else_says_nothing(meta: dict[str, Any] | None) -> None:
    assert read_meta(meta) is None


@pytest.mark.parametrize("change", [{"format": 2}, {"escape": "base64"}])
def test_an_index_of_another_version_asks_for_an_upgrade(change: dict[str, Any]) -> None:
    meta = copy.deepcopy(made()["mappings"]["_meta"])
    meta["lsr_opensearch"] |= change
    with pytest.raises(ClusterIndexError, match="pip install --upgrade"):
        read_meta(meta)


@pytest.mark.parametrize(
    "change",
    [
        {"fields": None},
        {"fields": {"image_terms": {}}},
        {"fields": {"image_terms": {"source": "image", "space_id": "s", "weight": "x"}}},
        {"field_type": "dense_vector"},
        {"format": "1"},
    ],
)
def test_a_meta_that_somebody_changed_is_told_so(change: dict[str, Any]) -> None:
    meta = copy.deepcopy(made()["mappings"]["_meta"])
    meta["lsr_opensearch"] |= change
    with pytest.raises(ClusterIndexError, match="damaged"):
        read_meta(meta)
    with pytest.raises(ClusterIndexError, match="damaged"):
        read_meta({"lsr_opensearch": {}})
