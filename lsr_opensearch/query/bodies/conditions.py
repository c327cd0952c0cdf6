"""The unscored part of a query: filters, phrases and exclusions, as clauses of a ``bool`` query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.bodies.filter_values import FILTER_VALUES, filter_pattern, filter_value
from lsr_opensearch.query.filters import Filter, field_kind
from lsr_opensearch.query.request import SearchRequest
from lsr_opensearch.query.text import storable, words

CAPTION_WORDS = "caption_words"

_RANGES = {"lt": "lt", "le": "lte", "gt": "gt", "ge": "gte"}
# Within what a cluster's ``long`` holds, and far from any real size.
_LARGEST_NUMBER = 2.0**62


@dataclass(frozen=True)
class Conditions:
    """Clauses that all (``required``) or none (``forbidden``) of the hits fulfil."""

    required: tuple[dict[str, Any], ...] = ()
    forbidden: tuple[dict[str, Any], ...] = ()

    @property
    def count(self) -> int:
        """How many clauses of a query they take at most.

        OpenSearch counts some twice, which it may answer from postings or from doc values; which
        these are differs between its versions.
        """
        return 2 * sum(map(_leaves, (*self.required, *self.forbidden)))


def conditions(request: SearchRequest) -> Conditions:
    """What the hits of a request must fulfil beside sharing a term with it.

    Raises:
        QueryError: a field that documents do not have, or an operator that does not fit it.
    """
    required = [_phrase(phrase) for phrase in request.phrases]
    forbidden: list[dict[str, Any]] = []
    for one in request.filters:
        (forbidden if one.operator == "ne" else required).append(_filter(one))
    forbidden += _excluded(request.excluded)
    return Conditions(tuple(required), tuple(forbidden))


def caption_words(captions: Sequence[str]) -> list[str]:
    """What phrases are looked for in: the words of each caption, one space between them."""
    return [" ".join(words(caption)) for caption in captions]


def _leaves(clause: dict[str, Any]) -> int:
    return len(clause["bool"]["filter"]) if "bool" in clause else 1


def _excluded(excluded: Sequence[Sequence[str]]) -> Iterator[dict[str, Any]]:
    """What is left out: single terms in one clause, terms that must come together in their own."""
    alone = [storable(terms[0]) for terms in excluded if len(terms) == 1]
    if alone:
        yield {"terms": {"top_terms": alone}}
    for terms in excluded:
        if len(terms) > 1:
            yield {"bool": {"filter": [{"term": {"top_terms": storable(one)}} for one in terms]}}


def _phrase(phrase: str) -> dict[str, Any]:
    (text,) = caption_words([phrase])
    return {"match_phrase": {CAPTION_WORDS: text}} if text else {"match_none": {}}


def _filter(one: Filter) -> dict[str, Any]:
    """What holds where the filter does; for ``ne``, where it does not."""
    match field_kind(one.field):
        case "number":
            return _number_filter(one)
        case "date":
            return _date_filter(one)
        case _:
            return _text_filter(one)


def _text_filter(one: Filter) -> dict[str, Any]:
    text = str(one.value)
    match one.operator:
        case "eq" | "ne":
            return {"term": {FILTER_VALUES: filter_value(one.field, text)}}
        case "glob":
            return {"wildcard": {FILTER_VALUES: {"value": filter_pattern(one.field, text)}}}
        case _:
            raise QueryError(
                f"{one.field} is text and cannot be compared by order.",
                f"Use {one.field}=VALUE, {one.field}!=VALUE, or a pattern.",
            )


def _number_filter(one: Filter) -> dict[str, Any]:
    if isinstance(one.value, str) or one.operator == "glob":
        raise QueryError(
            f"{one.field} is a number, and {one.value!r} is not.",
            f"Compare it as in '{one.field}>=1000'.",
        )
    value = min(max(one.value, -_LARGEST_NUMBER), _LARGEST_NUMBER)
    number = int(value) if value == int(value) else value
    if one.operator in ("eq", "ne"):
        return {"term": {one.field: number}}
    return {"range": {one.field: {_RANGES[one.operator]: number}}}


def _date_filter(one: Filter) -> dict[str, Any]:
    if one.operator == "glob":
        raise QueryError(
            f"{one.field} is a date, and {one.value!r} is a pattern.",
            f"Write for example '{one.field}=2024-05'.",
        )
    if one.operator in ("eq", "ne"):
        return {"term": {one.field: one.value}}
    return {"range": {one.field: {_RANGES[one.operator]: one.value}}}
