"""A search: scores, exclusions, checks of filters and phrases, and the order of the hits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsr_opensearch.engines.embedded.search.contents import by_numbers
from lsr_opensearch.engines.embedded.search.filtering import Condition, condition
from lsr_opensearch.engines.embedded.search.ranking import leaders
from lsr_opensearch.engines.embedded.search.scoring import Scorer
from lsr_opensearch.engines.embedded.search.view import View
from lsr_opensearch.engines.embedded.storage.layout import (
    CAPTION_WORDS_FIELD,
    TOP_TERMS_FIELD,
    first_number,
    subkey,
)
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.port import ScoredDocument, SearchRequest
from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.metadata import captions
from lsr_opensearch.query.text import has_phrase, storable, words

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.arrays.kinds import Floats, Numbers, Slots


# Hits whose filters are looked up one by one before the whole index is filtered at once: the
# former costs some 2 us a document, the latter 0.2 us a document of the whole index.
_CHECKED_FIRST = 1000


@dataclass
class Search:
    """One search in one transaction at the view's revision."""

    connection: sqlite3.Connection
    view: View
    scorer: Scorer
    vocabulary: Vocabulary
    request: SearchRequest

    def hits(self) -> list[ScoredDocument]:
        """The best hits with their documents, of whose terms those that were asked for.

        Raises:
            QueryError: a clause or filter names a field that the index does not have.
        """
        ranked = self.ranked()
        asked = {term for terms in self.request.clauses.values() for term in terms}
        ids = self.vocabulary.ids(self.connection, asked)
        documents = by_numbers(
            self.connection,
            self.view.index,
            [number for number, _ in ranked],
            {number: term for term, number in ids.items()},
        )
        return [
            ScoredDocument(document, score)
            for document, (_, score) in zip(documents, ranked, strict=True)
        ]

    def ids_and_scores(self) -> list[tuple[str, float]]:
        """Document ids and scores of the best hits, in order."""
        ranked = self.ranked()
        ids = self._ids(np.array([number for number, _ in ranked], np.int64))
        return [(ids[number], score) for number, score in ranked]

    def ranked(self) -> list[tuple[int, float]]:
        """Document numbers and scores of the best hits, in order."""
        where = condition(self.request.filters)
        query = self._query()
        if self.request.limit <= 0 or not query:
            return []
        scores = self.scorer.scores(self.connection, self.view, query)
        for terms in self.request.excluded:
            scores[self._with_all(TOP_TERMS_FIELD, terms)] = 0
        phrases = [words(phrase) for phrase in self.request.phrases]
        if phrases:
            said = {word for phrase in phrases for word in phrase}
            self._keep_only(scores, self._with_all(CAPTION_WORDS_FIELD, said))
        if where.values:
            best = self._filtered(scores, where, phrases)
        elif phrases:
            best = self._checked(scores, leaders(scores, len(scores)), phrases)
        else:
            best = leaders(scores, self.request.limit)
        return self._in_order(scores, best)

    def _query(self) -> list[tuple[int, np.float32]]:
        """Subkeys and weights of those query terms that the file knows."""
        fields = {name: at for at, name in enumerate(self.view.index.field_names)}
        query = []
        for name, terms in self.request.clauses.items():
            if name not in fields:
                raise QueryError(
                    f"The index has no sparse field {name!r}.",
                    f"Its sparse fields are: {', '.join(fields)}.",
                )
            ids = self.vocabulary.ids(self.connection, terms)
            query += [
                (subkey(fields[name], ids[term]), np.float32(weight))
                for term, weight in terms.items()
                if term in ids
            ]
        return query

    def _slots_with(self, field: int, texts: Sequence[str]) -> list[Slots]:
        """For every word that the file knows, the slots of the documents that have it."""
        ids = self.vocabulary.ids(self.connection, texts)
        return [
            self.scorer.slots_with(self.connection, self.view, subkey(field, number))
            for number in ids.values()
        ]

    def _with_all(self, field: int, texts: Collection[str]) -> Slots:
        """The slots of the documents that have all these words; of none where there is no word."""
        asked = sorted(set(map(storable, texts)))
        found = self._slots_with(field, asked)
        if not asked or len(found) < len(asked):
            return np.empty(0, np.intp)
        kept = found[0]
        for slots in sorted(found[1:], key=len):
            kept = np.intersect1d(kept, slots, assume_unique=True)
        return kept

    def _keep_only(self, scores: Floats, slots: Slots) -> None:
        kept = scores[slots]
        scores.fill(0)
        scores[slots] = kept

    def _filtered(self, scores: Floats, where: Condition, phrases: list[list[str]]) -> Slots:
        """The best slots whose documents pass, with all that tie with the last of them."""
        size = max(_CHECKED_FIRST, 4 * self.request.limit)
        first = leaders(scores, size)
        if len(first) <= 4 * size:  # more only where very many tie
            passing = self._checked(scores, self._passing(first, where), phrases)
            if len(first) < size or len(passing) >= self.request.limit:
                return passing
        start = first_number(self.view.index.id)
        rows = self.connection.execute(
            f"SELECT number FROM documents WHERE number >= ? AND number < ? AND {where.sql}",
            (start, self.view.index.next_number, *where.values),
        )
        numbers = np.fromiter((number for (number,) in rows), np.int64)
        self._keep_only(scores, self.view.slots_of(np.sort(numbers)))
        if not phrases:
            return leaders(scores, self.request.limit)
        return self._checked(scores, leaders(scores, len(scores)), phrases)

    def _passing(self, slots: Slots, where: Condition) -> Slots:
        """Those of the slots whose documents fulfil the condition."""
        slots = np.sort(slots)
        numbers = self.view.numbers_at(slots)
        rows = self.connection.execute(
            "SELECT number FROM documents"
            f" WHERE number IN (SELECT value FROM json_each(?)) AND {where.sql}",
            (json.dumps(numbers.tolist()), *where.values),
        )
        passing = np.fromiter((number for (number,) in rows), np.int64)
        return slots[np.isin(numbers, passing, assume_unique=True)]

    def _checked(self, scores: Floats, slots: Slots, phrases: list[list[str]]) -> Slots:
        """The best of the slots whose captions have the phrases, and those that tie with them."""
        if not phrases:
            return slots
        slots = slots[np.argsort(-scores[slots], kind="stable")]
        kept: list[int] = []
        for slot, number in zip(slots.tolist(), self.view.numbers_at(slots).tolist(), strict=True):
            if len(kept) >= self.request.limit and scores[slot] < scores[kept[-1]]:
                break
            if self._has_phrases(number, phrases):
                kept.append(slot)
        return np.array(kept, np.intp)

    def _has_phrases(self, number: int, phrases: list[list[str]]) -> bool:
        (metadata,) = self.connection.execute(
            "SELECT metadata FROM contents WHERE number = ?", (number,)
        ).fetchone()
        texts = captions(json.loads(metadata))
        return all(any(has_phrase(text, phrase) for text in texts) for phrase in phrases)

    def _in_order(self, scores: Floats, slots: Slots) -> list[tuple[int, float]]:
        """The first hits of ``slots``: descending score, equal scores by ascending id."""
        limit = self.request.limit
        slots = slots[np.argsort(-scores[slots], kind="stable")]
        values = scores[slots]
        numbers = self.view.numbers_at(slots)
        if len(slots) > limit:
            tied = values == values[limit - 1]
            better = int(np.count_nonzero(values > values[limit - 1]))
            chosen = self._first_by_id(numbers[tied], limit - better)
            numbers = np.concatenate((numbers[:better], chosen))
            values = values[:limit]
        ranked = list(zip(numbers.tolist(), values.tolist(), strict=True))
        if (values[1:] != values[:-1]).all():
            return ranked
        ids = self._ids(numbers)
        return sorted(ranked, key=lambda hit: (-hit[1], ids[hit[0]]))

    def _first_by_id(self, numbers: Numbers, count: int) -> Numbers:
        rows = self.connection.execute(
            "SELECT number FROM documents WHERE number IN (SELECT value FROM json_each(?))"
            " ORDER BY id LIMIT ?",
            (json.dumps(numbers.tolist()), count),
        )
        return np.fromiter((number for (number,) in rows), np.int64)

    def _ids(self, numbers: Numbers) -> dict[int, str]:
        rows = self.connection.execute(
            "SELECT number, id FROM documents WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(numbers.tolist()),),
        )
        return dict(rows)
