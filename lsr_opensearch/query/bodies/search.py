"""The body of a search request."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.bodies.clauses import QueryForm, scored_clauses, split_clauses
from lsr_opensearch.query.bodies.conditions import Conditions, conditions
from lsr_opensearch.query.metadata import METADATA_FIELDS
from lsr_opensearch.query.request import SearchRequest
from lsr_opensearch.terms import TermWeights, escape_features

# index.max_result_window and index.max_rescore_window, as they are by default.
MAX_HITS = 10_000
# What every cluster takes (indices.query.bool.max_clause_count).
CLAUSE_LIMIT = 1024
RESCORE_WINDOW = 1000
# Filtering by more names than this takes a cluster longer than sending whole fields.
_MOST_TERMS_BY_NAME = 64
# What a name can begin with in a pattern: older Elasticsearch cuts white space off, OpenSearch
# never finds a character beyond the first 65,536, and both refuse too many stars or letters.
_PLAIN_BEGINNING = re.compile(r"(?:[\w%-](?<![\U00010000-\U0010ffff])){0,32}")


def search_body(
    request: SearchRequest,
    form: QueryForm,
    *,
    fields: Collection[str],
    clause_limit: int = CLAUSE_LIMIT,
    rescore_window: int = RESCORE_WINDOW,
    vectors_left_out: bool = False,
) -> dict[str, Any]:
    """What to send to ``_search``.

    The score is the dot product, and hits come by descending score, equal scores by id. A query
    of more terms than ``clause_limit`` finds what has one of its heaviest terms, and the others
    count for the best ``rescore_window`` of these; equal scores then come in any order.

    Args:
        fields: the sparse fields of the index.
        clause_limit: how many clauses the cluster takes in one query.
        rescore_window: how many hits a shard scores in full; at least as many as are asked for.
        vectors_left_out: the cluster leaves sparse vectors out of hits unless they are asked for
            (Elasticsearch since 9.2); older ones refuse to be asked.

    Raises:
        QueryError: more hits than a cluster gives at once; a field that the index does not have;
            a filter that does not fit its field; more filters than ``clause_limit``.
    """
    _check(request, fields)
    held = conditions(request)
    room = clause_limit - held.count
    if room < 1:
        raise QueryError(
            f"The query has more filters and phrases than the cluster takes: {held.count} clauses, "
            f"of less than {clause_limit}.",
            "Leave some out.",
        )
    first, *others = split_clauses(request.clauses, room, clause_limit)
    body: dict[str, Any] = {
        "size": request.limit,
        "track_total_hits": False,
        "query": _query(first, held, form),
        "_source": _source(request, vectors_left_out=vectors_left_out),
    }
    if not others:
        body["sort"] = [{"_score": "desc"}, {"id": "asc"}]
        return body
    window = min(max(rescore_window, request.limit), MAX_HITS)
    body["rescore"] = [
        {
            "window_size": window,
            "query": {
                "rescore_query": {"bool": {"should": scored_clauses(portion, form)}},
                "score_mode": "total",
            },
        }
        for portion in others
    ]
    return body


def _check(request: SearchRequest, fields: Collection[str]) -> None:
    if request.limit > MAX_HITS:
        raise QueryError(
            f"The query asks for {request.limit:,} hits; a cluster gives at most {MAX_HITS:,}.",
            f"Ask for at most {MAX_HITS:,}.",
        )
    for name in request.clauses:
        if name not in fields:
            raise QueryError(
                f"The index has no sparse field {name!r}.",
                f"Its sparse fields are: {', '.join(fields)}.",
            )


def _query(clauses: Mapping[str, TermWeights], held: Conditions, form: QueryForm) -> dict[str, Any]:
    scored = scored_clauses(clauses, form)
    if not scored:
        return {"match_none": {}}
    query: dict[str, Any] = {"should": scored, "minimum_should_match": 1}
    if held.required:
        query["filter"] = list(held.required)
    if held.forbidden:
        query["must_not"] = list(held.forbidden)
    return {"bool": query}


def _source(request: SearchRequest, *, vectors_left_out: bool) -> dict[str, Any]:
    """What hits bring along: all metadata, and of the term weights those that explain the score."""
    asked = {name for terms in request.clauses.values() for name in escape_features(terms)}
    if len(asked) > _MOST_TERMS_BY_NAME:
        features = list(request.clauses)
    else:
        names = sorted({_name_pattern(name) for name in asked})
        features = [f"{field}.{name}" for field in request.clauses for name in names]
    source: dict[str, Any] = {"includes": [*METADATA_FIELDS, *features]}
    if vectors_left_out:
        source["exclude_vectors"] = False
    return source


def _name_pattern(feature: str) -> str:
    """A pattern that matches the name of the feature, and may match others."""
    plain = _PLAIN_BEGINNING.match(feature)
    beginning = plain[0] if plain else ""
    return feature if beginning == feature else f"{beginning}*"
