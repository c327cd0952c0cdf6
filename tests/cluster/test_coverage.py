"""What real nodes say of the terms, top terms and sources of an index."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lsr_opensearch.engines.cluster.counts import bucket_counts, known_terms
from lsr_opensearch.engines.port import Document
from lsr_opensearch.query.bodies.coverage import (
    known_terms_body,
    source_counts_body,
    vocabulary_body,
)
from tests.engines.model import SCHEMA

from .filled import FORMS, SOURCE, FilledIndex, filled

TERMS = ("dog", "3.5", "100%", "two words", "😀", "*", "only a caption")
DOCUMENTS = (
    Document("1", {"image_terms": dict.fromkeys(TERMS[:-1], 2.0)}, {"top_terms": ["dog", "3.5"]}),
    Document("2", {"image_terms": {"dog": 1.0}}, {"top_terms": ["dog"]}),
    Document("3", {"caption_terms": {TERMS[-1]: 1.0}}, {}),
)


@pytest.fixture(scope="module", params=FORMS)
def index(request: pytest.FixtureRequest) -> Iterator[FilledIndex]:
    with filled(request, request.param, SCHEMA, DOCUMENTS) as made:
        yield made


def test_terms_are_known_that_any_document_has_in_any_field(index: FilledIndex) -> None:
    asked = [*TERMS, "do", "dogs", "3", "a", "image_terms"]
    lines = known_terms_body(asked, list(SCHEMA.fields), index.form).splitlines()
    answer = index.send([json.loads(line) for line in lines], "_msearch")
    assert answer.status == 200
    assert known_terms(answer.body, asked) == set(TERMS)


def test_a_term_of_a_deleted_document_only_is_not_known(index: FilledIndex) -> None:
    deleted = index.node.request("PUT", f"/{index.name}/_doc/4", {"image_terms": {"gone": 1.0}})
    assert deleted.status == 201
    index.node.request("DELETE", f"/{index.name}/_doc/4?refresh=true")
    lines = known_terms_body(["gone"], list(SCHEMA.fields), index.form).splitlines()
    answer = index.send([json.loads(line) for line in lines], "_msearch")
    assert known_terms(answer.body, ["gone"]) == set()


def test_the_vocabulary_is_of_the_top_terms_most_frequent_first(index: FilledIndex) -> None:
    counted = bucket_counts(index.send(vocabulary_body()).body)
    assert list(counted.items()) == [("dog", 2), ("3.5", 1)]


def test_documents_are_counted_by_source(index: FilledIndex) -> None:
    assert bucket_counts(index.send(source_counts_body()).body) == {SOURCE: 3}
