"""Captions of openclipart: what is kept of titles, keywords and descriptions."""

from __future__ import annotations

import pytest

from tools.basic_model.captions import (
    clean_keywords,
    clean_title,
    compose_captions,
    plain_text,
    svg_captions,
)

SVG = """<svg><metadata><rdf:RDF>
<dc:title>Red Fox 02</dc:title><dc:description>A fox that sits &amp; waits</dc:description>
<rdf:li>Animal</rdf:li><rdf:li>clip art</rdf:li><rdf:li>animal</rdf:li>
</rdf:RDF></metadata><title>not this one</title></svg>"""


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("Red_Fox-sitting", "Red Fox sitting"),
        ("Clip Art by Ann - Fox", "Fox"),
        ("Fox 02", "Fox"),
        ("fox netalloy", ""),
        ("untitled", ""),
        ("Untitled 7", ""),
        ("", ""),
    ],
)
def test_a_title_loses_what_does_not_describe_the_picture(title: str, cleaned: str) -> None:
    assert clean_title(title) == cleaned


def test_keywords_are_lower_case_and_come_once() -> None:
    assert clean_keywords(["Fox", "fox", "animal"]) == ["fox", "animal"]


@pytest.mark.parametrize("keyword", ["clip art", "http://example.org", "a" * 30])
def test_a_keyword_that_says_nothing_is_left_out(keyword: str) -> None:
    assert clean_keywords([keyword]) == []


def test_markup_and_entities_become_plain_text() -> None:
    assert plain_text("<b>salt</b>\n &amp;  pepper") == "salt & pepper"


def test_only_the_first_eight_keywords_are_in_a_caption() -> None:
    assert compose_captions("", [str(n) for n in range(9)], "") == ["0, 1, 2, 3, 4, 5, 6, 7"]


def test_a_description_that_repeats_the_title_is_no_caption() -> None:
    assert compose_captions("A red fox", [], "a red fox") == ["A red fox"]


@pytest.mark.parametrize("description", ["too few", "x" * 200, "see http://example.org"])
def test_a_description_that_is_none_is_left_out(description: str) -> None:
    assert compose_captions("Fox", [], description) == ["Fox"]


def test_the_captions_of_a_drawing_come_from_its_metadata() -> None:
    assert svg_captions(SVG) == ["Red Fox", "Red Fox: animal", "A fox that sits & waits"]


def test_a_drawing_without_metadata_has_no_captions() -> None:
    assert svg_captions("<svg><title>fox</title></svg>") == []
