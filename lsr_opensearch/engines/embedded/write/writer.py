"""Everything that changes an index: made by the first change, so that a search never loads it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from lsr_opensearch.engines.embedded.search.view import (
    check_schema,
    read_index,
    required_index,
    schema_to_json,
)
from lsr_opensearch.engines.embedded.storage import provenance
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.embedded.write import removal, writing
from lsr_opensearch.engines.embedded.write.upkeep import Upkeep
from lsr_opensearch.engines.other_model import other_schema
from lsr_opensearch.engines.port import Schema, SourceBinding, WriteBatch
from lsr_opensearch.errors import IndexFileError, LsrError


class Writer:
    """Changes one index of a store; every method is one transaction, with upkeep after it."""

    def __init__(self, store: Store, name: str, vocabulary: Vocabulary, tuning: Tuning) -> None:
        self._store = store
        self._name = name
        self._vocabulary = vocabulary
        self._tuning = tuning
        self._upkeep = Upkeep(store, name, tuning)

    def create(self, schema: Schema) -> None:
        """Make the index and its file, unless they are there; see `EmbeddedIndex.create`."""
        writing.check_schema(schema)
        self._store.create()
        with self._store.writing() as connection:
            existing = read_index(connection, self._name)
            if existing is None:
                writing.insert_index(connection, self._name, schema_to_json(schema))
            elif existing.schema != schema:
                raise other_schema(self._name, existing.schema, schema)

    def drop(self) -> None:
        """Remove the index: its name at once, its rows in steps."""
        if not self._store.exists:
            return
        with self._store.writing() as connection:
            removal.unname(connection, self._name)
        removal.purge_all(self._store, self._tuning)

    def write(self, batch: WriteBatch, wanted: Schema | None) -> None:
        """Apply a batch that was made for the schema ``wanted``; see `EmbeddedIndex.write`."""
        with self._store.reading() as connection:
            found = required_index(connection, self._name, self._store.shown_path)
            check_schema(self._name, found, wanted)
            schema = found.schema
        documents = {one.id: writing.prepared(one, schema) for one in batch.documents}
        try:
            with self._store.writing() as connection:
                index = required_index(connection, self._name, self._store.shown_path)
                if index.schema != schema:
                    raise IndexFileError(
                        f"The index {self._name!r} was replaced by another process.",
                        "Run the same command again.",
                    )
                provenance.require_source(connection, index.id, batch.source)
                gone = writing.apply_batch(connection, index, self._vocabulary, batch, documents)
        except BaseException:
            self._vocabulary.forget()  # words that were added were undone with the rest
            raise
        self._tidy(len(documents) + gone)

    def bind_source(self, binding: SourceBinding) -> None:
        """Register a source; see `EmbeddedIndex.bind_source`."""
        with self._store.writing() as connection:
            index = required_index(connection, self._name, self._store.shown_path)
            provenance.bind_source(connection, index.id, binding)

    def forget_source(self, source: str) -> int:
        """Remove a source with its documents and manifest; how many documents went."""
        with self._store.writing() as connection:
            index = required_index(connection, self._name, self._store.shown_path)
            gone = writing.delete_source(connection, index, source)
        self._tidy(gone)
        return gone

    def optimize(self, progress: Callable[[int], None] | None) -> None:
        """Bring all documents into few segments."""
        self._upkeep.finish(progress)

    def before_close(self) -> None:
        """Leave little to do for whoever opens the file next."""
        with suppress(LsrError):  # what was written is safe, and the next writer goes on
            self._upkeep.before_close()

    def _tidy(self, documents: int) -> None:
        """Upkeep after a change; the change is made, whatever becomes of the upkeep."""
        self._vocabulary.limit()
        with suppress(LsrError):  # another process is writing, or the disk is full: for later
            self._upkeep.after_write(documents)
