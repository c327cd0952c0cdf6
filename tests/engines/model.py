"""What an index should answer, worked out from plain dictionaries, and documents to ask about.

Weights are eighths, so that sums are exact in any precision and ties are real ties.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lsr_opensearch.engines.embedded import EmbeddedIndex, Tuning, open_embedded
from lsr_opensearch.engines.port import (
    Document,
    Schema,
    SearchRequest,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from lsr_opensearch.query.filters import Filter
from lsr_opensearch.terms import dot

SCHEMA = Schema(
    "basic",
    {
        "image_terms": SparseField("image", "space"),
        "caption_terms": SparseField("caption", "space", 0.5),
    },
)
# A source for tests that do not care which.
S = SourceBinding("s", "", "")
TINY = Tuning(
    tail_documents=4,
    flush_documents=6,
    merge_factor=3,
    slice_rows=20,
    slice_bytes=2000,
    update_budget_s=0.002,
    document_budget_s=0,
)


def matched(document: Document, asked: SearchRequest) -> Document:
    """The document as a search gives it: with the terms that were asked for."""
    wanted = {term for terms in asked.clauses.values() for term in terms}
    terms = {
        name: {term: weight for term, weight in vector.items() if term in wanted}
        for name, vector in document.terms.items()
    }
    return Document(document.id, terms, document.metadata)


def opened(path: str | os.PathLike[str], name: str = "photos", **options: Any) -> EmbeddedIndex:
    """An index with tiny segments, made if it is not there."""
    index = open_embedded(path, name, **{"tuning": TINY, **options})
    index.create(SCHEMA)
    return index


def document(document_id: str, terms: dict[str, float] | None = None, **metadata: Any) -> Document:
    """A document with image terms only."""
    return Document(
        document_id, {"image_terms": {"dog": 1.0} if terms is None else terms}, metadata
    )


def write(index: EmbeddedIndex, *documents: Document, source: str = "pictures") -> None:
    index.bind_source(SourceBinding(source, "", ""))
    index.write(WriteBatch(source, documents))


def request(terms: dict[str, float], limit: int = 10, **more: Any) -> SearchRequest:
    return SearchRequest({"image_terms": terms}, limit, **more)


def found(index: EmbeddedIndex, terms: dict[str, float], limit: int = 10, **more: Any) -> list[str]:
    """The ids of the hits, in order."""
    return [hit.document.id for hit in index.search(request(terms, limit, **more))]


def index_file(folder: Path) -> Path:
    return folder / "photos.sqlite"


def expected(
    documents: dict[str, Document], sources: dict[str, str], asked: SearchRequest
) -> list[tuple[str, float]]:
    """Ids and scores of the hits that a search must give."""
    hits = []
    for held in documents.values():
        score = sum(dot(terms, held.terms.get(name, {})) for name, terms in asked.clauses.items())
        if score > 0 and _passes(held, sources[held.id], asked):
            hits.append((held.id, score))
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[: asked.limit]


def _passes(held: Document, source: str, asked: SearchRequest) -> bool:
    captions = [_words(caption) for caption in held.metadata["captions"]]
    return (
        not any(set(terms) <= set(held.metadata["top_terms"]) for terms in asked.excluded)
        and all(any(_words(phrase) in text for text in captions) for phrase in asked.phrases)
        and all(_fulfils(held, source, one) for one in asked.filters)
    )


def _words(text: str) -> str:
    words = " ".join(re.findall(r"\w+", text.casefold()))
    return f" {words} "


def _fulfils(held: Document, source: str, one: Filter) -> bool:
    value = {**held.metadata, "source": source}.get(one.field)
    if one.field.startswith("extra."):
        value = held.metadata["extra"].get(one.field.removeprefix("extra."))
    if isinstance(one.value, float):
        numbers = {
            "eq": value == one.value,
            "ne": value != one.value,
            "lt": value is not None and value < one.value,
            "ge": value is not None and value >= one.value,
        }
        return numbers[one.operator]
    texts = [str(v).casefold() for v in (value if isinstance(value, list) else [value])]
    wanted = one.value.casefold()
    if one.operator == "ne":
        return wanted not in texts
    if one.operator == "glob":
        pattern = wanted.replace("[", "[[]")
        return any(fnmatchcase(text, pattern) for text in texts)
    return wanted in texts
