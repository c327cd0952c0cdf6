"""Texts that filters compare, as keywords: what a document has, and what is asked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.query.bodies.filter_values import (
    MAX_BYTES,
    filter_pattern,
    filter_value,
    filter_values,
)

texts = st.text(max_size=8) | st.text(st.sampled_from("aÄ%=*?\\.3D"), max_size=8)


def test_every_text_of_a_document_is_there_casefolded() -> None:
    metadata = {
        "path": "2024/Über.JPG",
        "format": "jpeg",
        "camera": None,
        "keywords": ["Sommer", 5],
        "width": 4000,
        "captions": ["not filtered by"],
        "extra": {"album": {"name": "Fjörd"}, "people": ["Åse", "Ola"], "flag": True},
    }
    assert filter_values(metadata, "Pictures") == [
        "path=2024/über.jpg",
        "format=jpeg",
        "keywords=sommer",
        "keywords=5",
        "extra.album.name=fjörd",
        "extra.people=åse",
        "extra.people=ola",
        "extra.flag=true",
        "source=pictures",
    ]


@pytest.mark.parametrize(
    ("name", "value", "entry"),
    [
        ("path", "Straße", "path=strasse"),
        ("extra.a=b", "c", "extra.a%3Db=c"),
        ("extra.a%3Db", "c", "extra.a%253Db=c"),
        ("extra.a", "b=c", "extra.a=b=c"),
        ("path", "\ud800x", "path=?x"),
        ("path", "", "path="),
    ],
)
def test_what_is_looked_up_for_a_value(name: str, value: str, entry: str) -> None:
    assert filter_value(name, value) == entry


@given(texts, texts, texts, texts)
def test_different_names_and_values_are_never_mistaken_for_one_another(
    name: str, value: str, other_name: str, other_value: str
) -> None:
    same = filter_value(name, value) == filter_value(other_name, other_value)
    alike = name == other_name and value.casefold() == other_value.casefold()
    assert same == alike


@given(st.text(st.sampled_from("aä日😀"), min_size=1, max_size=5), st.integers(5_000, 40_000))
def test_long_values_are_cut_where_lucene_ends_and_are_still_text(piece: str, times: int) -> None:
    value = piece * times
    entry = filter_value("path", value)
    assert f"path={value}".startswith(entry)
    assert MAX_BYTES - 4 < len(entry.encode()) <= MAX_BYTES or entry == f"path={value}"


@pytest.mark.parametrize(
    ("name", "pattern", "wildcard"),
    [
        ("path", "Norway/*", "path=norway/*"),
        ("path", "a?[1].JPG", "path=a?[1].jpg"),
        ("path", "c:\\*", "path=c:\\\\*"),
        ("extra.x*", "?", "extra.x\\*=?"),
        ("extra.a\\b?", "*", "extra.a\\\\b\\?=*"),
        ("extra.a=b", "*", "extra.a%3Db=*"),
    ],
)
def test_only_stars_and_question_marks_of_a_pattern_mean_more_than_themselves(
    name: str, pattern: str, wildcard: str
) -> None:
    assert filter_pattern(name, pattern) == wildcard


@given(texts, texts, texts)
def test_a_pattern_matches_what_a_wildcard_query_matches(
    name: str, pattern: str, value: str
) -> None:
    by_hand = re.compile(
        "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern.casefold()), re.DOTALL
    )
    wildcard = _wildcard(filter_pattern(name, pattern))
    matched = wildcard.fullmatch(filter_value(name, value)) is not None
    assert matched == (by_hand.fullmatch(value.casefold()) is not None)


def _wildcard(pattern: str) -> re.Pattern[str]:
    """As Lucene's WildcardQuery reads it: a backslash makes the next character literal."""
    parts = re.findall(r"\\(.)|([*?])|(.)", pattern, re.DOTALL)
    regex = "".join(
        {"*": ".*", "?": "."}[special] if special else re.escape(literal or plain)
        for literal, special, plain in parts
    )
    return re.compile(regex, re.DOTALL)
