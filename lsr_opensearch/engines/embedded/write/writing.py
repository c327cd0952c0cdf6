"""Applying a batch: documents, deletions and manifest entries, inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import WEIGHT
from lsr_opensearch.engines.embedded.arrays.vectors import packed
from lsr_opensearch.engines.embedded.search.view import IndexRow
from lsr_opensearch.engines.embedded.storage import metadata
from lsr_opensearch.engines.embedded.storage.layout import LIVE, MAX_SPARSE_FIELDS, first_number
from lsr_opensearch.engines.embedded.storage.provenance import delete_provenance, write_manifest
from lsr_opensearch.engines.embedded.storage.text import to_bytes
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.port import Document, Schema, WriteBatch
from lsr_opensearch.errors import TermWeightsError, UsageError
from lsr_opensearch.query.metadata import top_terms
from lsr_opensearch.query.text import folded

_DOCUMENT_COLUMNS = ("number", "index_id", "id", "source_name", "source", *metadata.FILTER_COLUMNS)
_INSERT_DOCUMENT = (
    f"INSERT INTO documents ({', '.join(_DOCUMENT_COLUMNS)})"
    f" VALUES ({', '.join('?' * len(_DOCUMENT_COLUMNS))})"
)
_INSERT_CONTENTS = (
    "INSERT INTO contents (number, metadata, lengths, ids, weights) VALUES (?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class PreparedDocument:
    """A document with everything done that needs no database.

    Attributes:
        words: of each sparse field, in the order of the schema, then top terms, then the words
            of the captions.
        weights: float32, of the sparse fields.
    """

    id: str
    words: tuple[list[str], ...]
    weights: bytes
    filter_values: tuple[str | float | None, ...]
    metadata: str


def prepared(document: Document, schema: Schema) -> PreparedDocument:
    """Check a document, and take apart what of it is stored where.

    Raises:
        UsageError: an id that is no UTF-8 text, an unknown sparse field, or metadata that is not
            JSON.
        TermWeightsError: a term or weight that cannot be stored.
    """
    _check_id(document.id)
    unknown = document.terms.keys() - schema.fields.keys()
    if unknown:
        raise UsageError(
            f"The document {document.id!r} has terms in fields that the index does not have: "
            f"{', '.join(sorted(unknown))}.",
            f"The sparse fields of the index are: {', '.join(schema.fields)}.",
        )
    vectors = [document.terms.get(name, {}) for name in schema.fields]
    return PreparedDocument(
        id=document.id,
        words=(
            *map(list, vectors),
            top_terms(document.metadata),
            metadata.caption_words(document.metadata),
        ),
        weights=_checked_weights(document.id, vectors),
        filter_values=metadata.filter_values(document.metadata),
        metadata=metadata.to_json(document.metadata, document.id),
    )


def check_schema(schema: Schema) -> None:
    """Raises UsageError where the schema has no sparse field, or more than there is room for."""
    if not 1 <= len(schema.fields) <= MAX_SPARSE_FIELDS:
        raise UsageError(
            f"An index has between 1 and {MAX_SPARSE_FIELDS} sparse fields; this schema has "
            f"{len(schema.fields)}.",
            "Change the fields of the schema.",
        )


def insert_index(connection: sqlite3.Connection, name: str, schema: str) -> None:
    """Add an index without documents; ``schema`` is JSON."""
    number = connection.execute(
        "INSERT INTO indexes (name, schema, next_number, revision) VALUES (?, ?, 0, 0)",
        (name, schema),
    ).lastrowid
    connection.execute(
        "UPDATE indexes SET next_number = ? WHERE id = ?", (first_number(number or 0), number)
    )


def apply_batch(
    connection: sqlite3.Connection,
    index: IndexRow,
    vocabulary: Vocabulary,
    batch: WriteBatch,
    documents: Mapping[str, PreparedDocument],
) -> int:
    """Apply a batch whose documents, by id, are prepared; how many documents went."""
    replaced = list(dict.fromkeys([*documents, *batch.deleted_ids]))
    gone = numbers_of_ids(connection, index, replaced)
    delete_documents(connection, index, gone)
    insert_documents(connection, index, vocabulary, batch.source, list(documents.values()))
    write_manifest(connection, index.id, batch.source, batch.entries, batch.forgotten_paths)
    if documents or gone:
        raise_revision(connection, index.id, len(documents))
    return len(gone)


def delete_source(connection: sqlite3.Connection, index: IndexRow, source: str) -> int:
    """Remove a source with its documents and manifest; how many documents went."""
    rows = connection.execute(
        "SELECT number FROM documents WHERE number >= ? AND number < ? AND source_name = ?",
        (first_number(index.id), index.next_number, to_bytes(source)),
    )
    numbers = [number for (number,) in rows]
    delete_documents(connection, index, numbers)
    delete_provenance(connection, index.id, source)
    raise_revision(connection, index.id)
    return len(numbers)


def insert_documents(
    connection: sqlite3.Connection,
    index: IndexRow,
    vocabulary: Vocabulary,
    source: str,
    documents: Sequence[PreparedDocument],
) -> None:
    """Add documents whose ids are not in the index; numbers begin at ``index.next_number``."""
    term_ids = vocabulary.add(
        connection, (word for one in documents for words in one.words for word in words)
    )
    numbered = list(enumerate(documents, index.next_number))
    source_name, source_folded = to_bytes(source), folded(source)
    connection.executemany(
        _INSERT_DOCUMENT,
        (
            (number, index.id, one.id, source_name, source_folded, *one.filter_values)
            for number, one in numbered
        ),
    )
    for number, one in numbered:
        vectors = packed(one.words, one.weights, term_ids)
        connection.execute(
            _INSERT_CONTENTS,
            (number, one.metadata, vectors.lengths, vectors.ids, vectors.weights),
        )


def numbers_of_ids(
    connection: sqlite3.Connection, index: IndexRow, ids: Sequence[str]
) -> list[int]:
    """The numbers of those documents that exist."""
    rows = connection.execute(
        "SELECT number FROM json_each(?) AS wanted CROSS JOIN documents"
        " ON documents.index_id = ? AND documents.id = wanted.value",
        (json.dumps(list(ids)), index.id),
    )
    return [number for (number,) in rows]


def delete_documents(
    connection: sqlite3.Connection, index: IndexRow, numbers: Sequence[int]
) -> None:
    """Remove documents; where a segment knows them they are dead from now on."""
    rows = [(number,) for number in numbers]
    connection.executemany("DELETE FROM documents WHERE number = ?", rows)
    connection.executemany("DELETE FROM contents WHERE number = ?", rows)
    connection.executemany("INSERT INTO dead (number) VALUES (?)", rows)
    _count_dead(connection, index, sorted(numbers))


def _count_dead(connection: sqlite3.Connection, index: IndexRow, numbers: list[int]) -> None:
    segments = connection.execute(
        "SELECT id, first, last FROM segments WHERE index_id = ? AND state = ?", (index.id, LIVE)
    ).fetchall()
    for segment, first, last in segments:
        start, end = np.searchsorted(numbers, (first, last + 1))
        if end > start:
            connection.execute(
                "UPDATE segments SET dead = dead + ? WHERE id = ?", (int(end - start), segment)
            )


def raise_revision(connection: sqlite3.Connection, index_id: int, new_documents: int = 0) -> None:
    """Tell every reader that something that a search could see has changed."""
    connection.execute(
        "UPDATE indexes SET revision = revision + 1, next_number = next_number + ? WHERE id = ?",
        (new_documents, index_id),
    )


def _check_id(document_id: str) -> None:
    try:
        valid = bool(document_id.encode("utf-8")) and "\0" not in document_id
    except UnicodeEncodeError:
        valid = False
    if not valid:
        raise UsageError(
            f"{document_id!r} cannot be the id of a document.",
            "Ids are non-empty UTF-8 texts without null characters.",
        )


def _checked_weights(document_id: str, vectors: Sequence[Mapping[str, float]]) -> bytes:
    with np.errstate(over="ignore"):
        weights = np.array([weight for vector in vectors for weight in vector.values()], WEIGHT)
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise TermWeightsError(
            f"The document {document_id!r} has a weight that is not a finite number above zero.",
            "Check the weights with lsr_opensearch.terms.check_terms.",
        )
    return weights.tobytes()
