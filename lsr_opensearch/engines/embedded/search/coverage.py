"""Which words the documents of an index contain; words of dead documents only do not count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import decoded_locals
from lsr_opensearch.engines.embedded.search.view import Part, View
from lsr_opensearch.engines.embedded.storage.layout import (
    MAX_SPARSE_FIELDS,
    SUBKEY_MASK,
    TERM_BITS,
    TERM_MASK,
    posting_key,
    subkey,
)

# Of a dense posting in which a third of the documents have the term; of all others, 8.
_MOST_BYTES_A_DOCUMENT = 12
_LAST_WEIGHTED = (MAX_SPARSE_FIELDS << TERM_BITS) - 1


@dataclass
class Coverage:
    """Looks words up in the postings of a view, in one transaction at its revision."""

    connection: sqlite3.Connection
    view: View

    def present(self, terms: Iterable[int]) -> set[int]:
        """Those of the term ids that at least one document contains, in any sparse field."""
        fields = range(len(self.view.index.field_names))
        return {term for term in terms if any(self._has(subkey(field, term)) for field in fields)}

    def all_terms(self) -> set[int]:
        """The ids of all terms that at least one document contains."""
        keys = self.view.tail.columns.keys
        found = set((keys[keys <= _LAST_WEIGHTED] & TERM_MASK).tolist())
        for part in self.view.parts:
            rows = self.connection.execute(
                "SELECT key, length(data) FROM postings WHERE key BETWEEN ? AND ?",
                (posting_key(part.segment.id, 0), posting_key(part.segment.id, _LAST_WEIGHTED)),
            ).fetchall()
            for row_key, size in rows:
                key = row_key & SUBKEY_MASK
                if key & TERM_MASK not in found and self._lives(part, key, size):
                    found.add(key & TERM_MASK)
        return found

    def _has(self, key: int) -> bool:
        at = self.view.tail.columns.column(key)
        return at.stop > at.start or any(
            self._lives(part, key, self._size(part, key)) for part in self.view.parts
        )

    def _size(self, part: Part, key: int) -> int:
        row = self.connection.execute(
            "SELECT length(data) FROM postings WHERE key = ?", (posting_key(part.segment.id, key),)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _lives(self, part: Part, key: int, size: int) -> bool:
        """Whether a document in this posting, of ``size`` bytes, is not dead."""
        if size > _MOST_BYTES_A_DOCUMENT * len(part.dead):
            return True
        if not size:
            return False
        (data,) = self.connection.execute(
            "SELECT data FROM postings WHERE key = ?", (posting_key(part.segment.id, key),)
        ).fetchone()
        gone = np.zeros(part.segment.documents, np.bool_)
        gone[part.dead] = True
        return not gone[decoded_locals(data, key, part.segment.documents)].all()
