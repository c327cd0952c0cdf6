"""A query in, ranked and explained hits out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index, Schema, ScoredDocument, SearchRequest
from lsr_opensearch.errors import (
    NoKnownWordError,
    QueryError,
    SpaceMismatchError,
)
from lsr_opensearch.query.clauses import Match, build_clauses, explain
from lsr_opensearch.query.filters import Filter, parse_filters
from lsr_opensearch.query.metadata import captions
from lsr_opensearch.query.parse import ParsedQuery, parse_query
from lsr_opensearch.query.suggest import suggest
from lsr_opensearch.terms import TermWeights, add, prune, scale

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

# How many terms of a picture make a query by image.
IMAGE_QUERY_TERMS = 32


@dataclass(frozen=True)
class Hit:
    """One result.

    Attributes:
        rank: from 1.
        id: the document's id.
        path: below its source, as displayed; empty for items that were not added from a file.
        score: the dot product of query and document.
        caption: the first caption, or empty.
        matched: what each term gave to the score, largest first.
        metadata: everything else that is stored of the picture.
    """

    rank: int
    id: str
    path: str
    score: float
    caption: str
    matched: tuple[Match, ...]
    metadata: Mapping[str, Any]

    @property
    def file(self) -> str:
        """The absolute path, to be opened; empty where the picture is no file."""
        uri = str(self.metadata.get("uri", ""))
        if not uri.startswith("file://"):
            return ""
        return os.fsdecode(unquote_to_bytes(uri.removeprefix("file://")))

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os search --json`` prints."""
        return {
            "rank": self.rank,
            "id": self.id,
            "path": self.path,
            "score": self.score,
            "caption": self.caption,
            "matched": [
                {
                    "term": match.term,
                    "query": match.query,
                    "document": match.document,
                    "score": match.score,
                    "fields": dict(match.fields),
                }
                for match in self.matched
            ],
            "uri": self.metadata.get("uri", ""),
            "source": self.metadata.get("source", ""),
        }


class Searcher:
    """Searches one index with one encoder.

    Raises:
        IndexFileError: the index does not exist.
        SpaceMismatchError: the index was built with another model's space.
    """

    def __init__(self, index: Index, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        schema = index.schema()
        if schema is None:
            raise missing_index(index)
        self._field_weights = field_weights(schema, encoder, index)

    def search(
        self,
        query: str = "",
        *,
        image: ImageSource | None = None,
        limit: int = 10,
        filters: Sequence[str] = (),
    ) -> list[Hit]:
        """The best hits for words, an image, or both.

        Args:
            query: see `lsr_opensearch.query.parse`.
            image: a picture to find similar ones of.
            limit: how many hits at most.
            filters: see `lsr_opensearch.query.filters`; all must hold.

        Raises:
            QueryError: nothing to search for, or a malformed query or filter.
            NoKnownWordError: no picture in the index has any of the query's words.
            ImageError: ``image`` cannot be decoded.
        """
        parsed = parse_query(query)
        conditions = _conditions(limit, filters)
        terms = self.query_terms(parsed, image=image)
        found = self._index.search(self._request(parsed, terms, conditions, limit))
        if not found and not self._index.known_terms(list(terms)):
            raise self._no_known_word(parsed, terms)
        return [self._hit(rank, scored, terms) for rank, scored in enumerate(found, start=1)]

    def query_body(
        self,
        query: str = "",
        *,
        image: ImageSource | None = None,
        limit: int = 10,
        filters: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """What `search` sends to a cluster, to be used in another program.

        Raises:
            UsageError: the index is a file, or as for `search`.
        """
        parsed = parse_query(query)
        conditions = _conditions(limit, filters)
        terms = self.query_terms(parsed, image=image)
        return self._index.query_body(self._request(parsed, terms, conditions, limit))

    def _request(
        self, parsed: ParsedQuery, terms: TermWeights, conditions: Sequence[Filter], limit: int
    ) -> SearchRequest:
        return SearchRequest(
            clauses=build_clauses(terms, self._field_weights),
            limit=limit,
            excluded=self._excluded_terms(parsed),
            phrases=parsed.phrases,
            filters=conditions,
        )

    def query_terms(self, parsed: ParsedQuery, *, image: ImageSource | None = None) -> TermWeights:
        """The term weights that a query is searched with, heaviest first.

        Raises:
            QueryError: there is nothing to search for.
        """
        words = self._word_terms(parsed)
        if image is not None:
            words = add([words, self._image_terms(image, words)])
        if not words:
            raise _nothing_to_search(parsed)
        return prune(words)

    def _word_terms(self, parsed: ParsedQuery) -> TermWeights:
        encoded = self._encoder.encode_queries([part.text for part in parsed.parts])
        return add(
            scale(terms, part.weight) for part, terms in zip(parsed.parts, encoded, strict=True)
        )

    def unknown_words(self, query: str) -> dict[str, list[str]]:
        """The words of a query that no picture has, each with known words spelled like it.

        Words that the encoder does not search for (such as "the") are not among them.
        """
        parsed = parse_query(query)
        searched = set(self._word_terms(parsed))
        split = parsed.words.split()
        words = {
            word: searched.intersection(chain.from_iterable(ways))
            for word, ways in zip(split, self._encoder.literal_terms(split), strict=True)
        }
        known = self._index.known_terms([term for forms in words.values() for term in forms])
        unknown = [word for word, forms in words.items() if forms and not known & forms]
        return suggest(unknown, self._index.vocabulary()) if unknown else {}

    def _image_terms(self, image: ImageSource, words: Mapping[str, float]) -> TermWeights:
        """The picture's strongest terms; beside words they weigh as much as the words do."""
        terms = prune(self._encoder.encode_images([image])[0], top_k=IMAGE_QUERY_TERMS)
        if not words or not terms:
            return terms
        return scale(terms, sum(words.values()) / sum(terms.values()))

    def _excluded_terms(self, parsed: ParsedQuery) -> tuple[tuple[str, ...], ...]:
        """Every way in which a document could say one of the excluded words."""
        ways = self._encoder.literal_terms(list(parsed.excluded))
        return tuple(dict.fromkeys(chain.from_iterable(ways)))

    def _no_known_word(self, parsed: ParsedQuery, terms: Mapping[str, float]) -> QueryError:
        words = tuple(dict.fromkeys(parsed.words.split())) or tuple(terms)[:5]
        if next(iter(self._index.document_ids()), None) is None:
            return NoKnownWordError(
                f"The index {self._index.name!r} in {self._index.url} is empty.",
                "Add pictures to it: lsr-os index FOLDER",
                words,
                (),
            )
        near = suggest(words, self._index.vocabulary())
        suggestions = tuple(dict.fromkeys(word for found in near.values() for word in found))
        return NoKnownWordError(
            f"No picture in the index has any of these words: {', '.join(words)}.",
            f"Did you mean: {', '.join(suggestions)}?"
            if suggestions
            else "Try other words; `lsr-os encode IMAGE` shows the words of a picture.",
            words,
            suggestions,
        )

    def _hit(self, rank: int, scored: ScoredDocument, terms: Mapping[str, float]) -> Hit:
        document = scored.document
        return Hit(
            rank=rank,
            id=document.id,
            path=str(document.metadata.get("path", "")),
            score=scored.score,
            caption=next(iter(captions(document.metadata)), ""),
            matched=tuple(explain(terms, document.terms, self._field_weights)),
            metadata=document.metadata,
        )


def field_weights(schema: Schema, encoder: Encoder, index: Index) -> dict[str, float]:
    """Field -> weight, once it is certain that query and documents share a space.

    Raises:
        SpaceMismatchError: a field was made in another space than the encoder's.
    """
    for field in schema.fields.values():
        if field.space_id != encoder.space_id:
            raise _space_mismatch(schema, encoder, index)
    return {name: field.weight for name, field in schema.fields.items()}


def _conditions(limit: int, filters: Sequence[str]) -> tuple[Filter, ...]:
    if not isinstance(limit, int) or limit < 1:
        raise QueryError(f"The number of hits is {limit!r}.", "Ask for at least 1.")
    return parse_filters((filters,) if isinstance(filters, str) else filters)


def _nothing_to_search(parsed: ParsedQuery) -> QueryError:
    if parsed.excluded and not parsed.parts:
        left_out = " ".join(f"-{word}" for word in parsed.excluded)
        return QueryError(
            f"The query only leaves words out ({left_out}).",
            f"Add at least one word to look for, for example: animal {left_out}",
        )
    if parsed.words:
        return QueryError(
            f"The query {parsed.words!r} has no word that can be searched for.",
            "Name what should be in the picture, for example: dog beach",
        )
    return QueryError("The query is empty.", "Name what should be in the picture, like: dog beach")


def _space_mismatch(schema: Schema, encoder: Encoder, index: Index) -> SpaceMismatchError:
    spaces = ", ".join(sorted({field.space_id for field in schema.fields.values()}))
    used = encoder.description
    others = f"({spaces}, and not {encoder.space_id}); their words do not weigh the same."
    if schema.model == used.name:
        what = f"another version of the model {used.name!r}, or another model of that name"
        return SpaceMismatchError(
            f"The index {index.name!r} was made by {what} {others}",
            f"Search with that one (--model DIR), or rebuild the index: "
            f"lsr-os reindex --model {used.as_option}",
        )
    return SpaceMismatchError(
        f"The index {index.name!r} was made by the model {schema.model!r}, and this query by "
        f"{used.name!r} {others}",
        f"Search with that model (--model {schema.model}), or rebuild the index with this one: "
        f"lsr-os reindex --model {used.as_option}",
    )
