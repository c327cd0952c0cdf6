"""What a document says of its own term weights."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.term_digests import has_its_terms, term_digests
from lsr_opensearch.terms import TermWeights, truncate_terms

TERMS = {
    "image_terms": {"dog": 1.2345678, "日本": 0.5, "a.b": 100.7},
    "caption_terms": {"red": 2.0},
}
WRITTEN: dict[str, Any] = {"manifest": {"terms": term_digests(TERMS)}, "top_terms": ["dog"]}
Terms = dict[str, TermWeights]


def test_weights_are_the_same_in_any_order_and_as_lucene_keeps_them() -> None:
    read = {
        field: dict(reversed(truncate_terms(weights).items())) for field, weights in TERMS.items()
    }
    assert has_its_terms(WRITTEN, read)


@pytest.mark.parametrize(
    "read",
    [
        {},
        {"image_terms": TERMS["image_terms"]},
        {**TERMS, "image_terms": {**TERMS["image_terms"], "spam": 1.0}},
        {**TERMS, "image_terms": {**TERMS["image_terms"], "dog": 1.24}},
        {
            **TERMS,
            "image_terms": {"cat" if k == "dog" else k: v for k, v in TERMS["image_terms"].items()},
        },
        {"image_terms": TERMS["caption_terms"], "caption_terms": TERMS["image_terms"]},
    ],
    ids=[
        "none",
        "a field gone",
        "one more",
        "another weight",
        "another word",
        "fields changed over",
    ],
)
def test_words_that_are_gone_or_others_are_noticed(read: Terms) -> None:
    assert not has_its_terms(WRITTEN, read)


def test_a_document_without_words_lacks_none() -> None:
    assert term_digests({"image_terms": {}}) == {}
    assert has_its_terms({"manifest": {"terms": {}}}, {})


@pytest.mark.parametrize("manifest", [{}, {"manifest": None}, {"manifest": {"path": "a.jpg"}}])
def test_a_document_of_before_there_were_digests_lacks_words_if_it_only_names_its_strongest(
    manifest: dict[str, Any],
) -> None:
    assert not has_its_terms({**manifest, "top_terms": ["dog"]}, {})
    assert has_its_terms({**manifest, "top_terms": ["dog"]}, TERMS)
    assert has_its_terms({**manifest, "top_terms": []}, {})
