"""Documents as a cluster holds them, and back."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.engines.cluster.documents import (
    decode_source,
    decode_whole,
    encode_document,
)
from lsr_opensearch.engines.cluster.term_digests import term_digests
from lsr_opensearch.engines.port import Document
from lsr_opensearch.errors import UsageError
from lsr_opensearch.terms import SMALLEST_WEIGHT, truncate_terms

FIELDS = ("image_terms", "caption_terms")
PICTURE: dict[str, Any] = {
    "path": "2024/Über.jpg",
    "uri": "file:///2024/%C3%9Cber.jpg",
    "source": "Pictures",
    "sha256": "ab" * 32,
    "width": 4000,
    "location": {"lat": 60.1, "lon": 5.2},
    "captions": ["Two dogs at a window", "…"],
    "keywords": [],
    "top_terms": ["dog", "a.b"],
    "camera": None,
    "extra": {"a.b": {"": [1, None, 2.5]}, "flag": True},
}


def encoded(document: Document, **more: Any) -> dict[str, Any]:
    line = encode_document(document, source="Pictures", fields=FIELDS, **more)
    assert b"\n" not in line
    source: dict[str, Any] = json.loads(line)
    return source


def test_a_document_has_its_terms_escaped_and_what_searches_look_at() -> None:
    manifest = {"path": "%FF.jpg", "size": 1}
    terms = {"image_terms": {"dog": 1.5, "a.b%": 2.0}, "caption_terms": {}}
    assert encoded(Document("1", terms, PICTURE), manifest=manifest) == {
        **PICTURE,
        "id": "1",
        "image_terms": {"dog": 1.5, "a%2Eb%25": 2.0},
        "caption_terms": {},
        "caption_words": ["two dogs at a window", ""],
        "filter_values": [
            "path=2024/über.jpg",
            f"sha256={'ab' * 32}",
            "extra.a.b.=1",
            "extra.a.b.=2.5",
            "extra.flag=true",
            "source=pictures",
        ],
        "manifest": {**manifest, "terms": term_digests(terms)},
    }


def test_a_document_belongs_to_the_source_that_it_is_written_for() -> None:
    assert encoded(Document("1", {}, {}))["source"] == "Pictures"


weights = st.floats(SMALLEST_WEIGHT, 3e38)
vectors = st.dictionaries(st.text(min_size=1, max_size=6), weights, max_size=8)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(FIELDS), vectors.map(truncate_terms)),
    st.dictionaries(texts, json_values, max_size=4),
    st.lists(st.text(max_size=9), max_size=3),
)
def test_what_is_read_is_what_was_written(
    terms: dict[str, Any], extra: dict[str, Any], captions: list[str]
) -> None:
    metadata = {"source": "Pictures", "extra": extra, "captions": captions, "path": None}
    document = Document("1", terms, metadata)
    read = decode_source("1", encoded(document), FIELDS)
    assert read.metadata == metadata
    assert read.terms == {field: vector for field, vector in terms.items() if vector}


def test_weights_are_read_as_the_float32_that_they_are_written_for() -> None:
    document = decode_source("1", {"image_terms": {"dog": 0.8457031}}, FIELDS)
    assert document.terms == {"image_terms": {"dog": 0.845703125}}


def test_a_part_of_a_document_is_read_as_such() -> None:
    source = {"path": "a.jpg", "image_terms": {"a%2Eb": 1.0}, "filter_values": ["path=a.jpg"]}
    assert decode_source("1", source, FIELDS) == Document(
        "1", {"image_terms": {"a.b": 1.0}}, {"path": "a.jpg"}
    )


FOREIGN: list[Any] = [
    {"dog": "3.0"},
    {"dog": None},
    {"dog": 10**400},
    {"100%": 1.0},
    {"a.b": 1.0},
    [{"dog": 3.0}, None],
]


@pytest.mark.parametrize("features", FOREIGN)
def test_what_another_program_wrote_among_the_terms_is_left_out(features: Any) -> None:
    ours = {"cat": 2.0, "a%2Eb": 1.5}
    mixed = [ours, *features] if isinstance(features, list) else ours | features
    whole = encoded(Document("1", {"image_terms": {"cat": 2.0, "a.b": 1.5}}, PICTURE))
    hit = {"_id": "1", "_version": 1, "_source": whole | {"image_terms": mixed}}
    document = decode_whole(hit, FIELDS)
    read = {} if isinstance(features, list) else {"cat": 2.0, "a.b": 1.5}
    assert document.terms == {"image_terms": read}
    assert not document.has_its_terms
    asked = decode_source("1", hit["_source"], FIELDS, {"cat", "dog"})
    assert asked.terms == {"image_terms": {"cat": 2.0} if read else {}}


def test_text_that_is_no_utf8_loses_only_what_makes_it_so() -> None:
    metadata = {"path": "a\udcff", "keywords": ("\ud800x",), "extra": {"\udcff": {"b": "\udcff"}}}
    source = encoded(Document("1", {}, metadata))
    assert source["path"] == "a?"
    assert source["keywords"] == ["?x"]
    assert source["extra"] == {"?": {"b": "?"}}


def test_values_that_are_nearly_json_are_taken() -> None:
    metadata = {"extra": MappingProxyType({"a": (1, 2)}), "width": np.int64(5)}
    terms = {"image_terms": {"dog": np.float64(1.5), "cat": np.float32(0.5)}}
    source = encoded(Document("1", terms, metadata))
    assert source["extra"] == {"a": [1, 2]}
    assert source["width"] == 5
    assert source["image_terms"] == {"dog": 1.5, "cat": 0.5}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (Document("1", {}, {"colour": "red"}), "colour"),
        (Document("1", {}, {"manifest": {}}), "manifest"),
        (Document("1", {"ocr_terms": {"dog": 1.0}}, {}), "ocr_terms"),
        (Document("", {}, {}), "empty"),
        (Document("ä" * 300, {}, {}), "512"),
        (Document("1", {}, {"extra": {"a": {1, 2}}}), "JSON"),
        (Document("1", {}, {"extra": {"a": 2**70}}), "JSON"),
        (Document("1", {}, {"extra": {"a": float("nan")}}), "JSON"),
        (Document("1", {}, {"extra": {1: 2}}), "JSON"),
        (Document("1", {"image_terms": {"dog": float("inf")}}, {}), "JSON"),
    ],
)
def test_what_a_cluster_would_refuse_or_lose_is_an_error(document: Document, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        encoded(document)
    assert named in str(caught.value)
    assert caught.value.next_step
