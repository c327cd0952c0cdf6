"""Documents as they are given back: metadata and term weights by document number or id."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lsr_opensearch.engines.embedded.arrays.vectors import PackedVectors, unpacked
from lsr_opensearch.engines.embedded.search.view import IndexRow
from lsr_opensearch.engines.embedded.storage.failures import DamagedError
from lsr_opensearch.engines.embedded.storage.text import to_bytes, to_text
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.port import Document

_DOCUMENT = (
    "SELECT documents.id, metadata, lengths, ids, weights"
    " FROM documents JOIN contents USING (number) WHERE "
)


def by_numbers(
    connection: sqlite3.Connection,
    index: IndexRow,
    numbers: Sequence[int],
    terms: Mapping[int, str],
) -> list[Document]:
    """The documents of these numbers, in their order, with only ``terms`` (id -> word)."""
    documents = []
    for number in numbers:
        row = connection.execute(f"{_DOCUMENT} documents.number = ?", (number,)).fetchone()
        if row is None:
            raise DamagedError(f"document {number} is not there")
        document_id, metadata, *packed = row
        fields = zip(index.field_names, unpacked(PackedVectors(*packed)), strict=True)
        matched = {
            name: {terms[term]: w for term, w in zip(*vector, strict=True) if term in terms}
            for name, vector in fields
        }
        documents.append(Document(document_id, matched, json.loads(metadata)))
    return documents


def by_ids(
    connection: sqlite3.Connection, index: IndexRow, vocabulary: Vocabulary, ids: Sequence[str]
) -> list[Document]:
    """The documents of these ids, as far as they exist."""
    rows = []
    for document_id in ids:
        row = connection.execute(
            f"{_DOCUMENT} documents.index_id = ? AND documents.id = ?", (index.id, document_id)
        ).fetchone()
        if row is not None:
            rows.append(row)
    return list(_documents(connection, index, vocabulary, rows))


def ids_after(
    connection: sqlite3.Connection, index: IndexRow, source: str | None, after: str, limit: int
) -> list[str]:
    """The next ids, ascending, of the documents of one source or of all."""
    name = None if source is None else to_bytes(source)
    rows = connection.execute(
        "SELECT id FROM documents WHERE index_id = ? AND id > ?"
        " AND (? IS NULL OR source_name = ?) ORDER BY id LIMIT ?",
        (index.id, after, name, name, limit),
    )
    return [document_id for (document_id,) in rows]


def source_counts(connection: sqlite3.Connection, index: IndexRow) -> dict[str, int]:
    """Source -> how many documents it has."""
    rows = connection.execute(
        "SELECT source_name, COUNT(*) FROM documents WHERE index_id = ? GROUP BY source_name",
        (index.id,),
    )
    return {to_text(name): count for name, count in rows}


def _documents(
    connection: sqlite3.Connection,
    index: IndexRow,
    vocabulary: Vocabulary,
    rows: Iterable[tuple[str, str, bytes, bytes, bytes]],
) -> Iterator[Document]:
    for document_id, metadata, *packed in rows:
        fields = unpacked(PackedVectors(*packed))
        terms = {
            name: dict(zip(vocabulary.texts(connection, ids), weights, strict=True))
            for name, (ids, weights) in zip(index.field_names, fields, strict=True)
        }
        yield Document(document_id, terms, json.loads(metadata))
