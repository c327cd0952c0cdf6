"""The embedded engine: one named index in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsr_opensearch.engines.embedded.search import contents
from lsr_opensearch.engines.embedded.search.scoring import Scorer
from lsr_opensearch.engines.embedded.search.search import Search
from lsr_opensearch.engines.embedded.search.view import (
    IndexRow,
    View,
    check_schema,
    read_index,
    read_view,
    required_index,
)
from lsr_opensearch.engines.embedded.storage import provenance
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.port import (
    Document,
    IndexStatus,
    ManifestEntry,
    Schema,
    ScoredDocument,
    SearchRequest,
    SourceBinding,
    StoredDocument,
    WriteBatch,
    WriteResult,
)
from lsr_opensearch.errors import UsageError
from lsr_opensearch.query.text import storable

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.rebuilding import EmbeddedRebuild
    from lsr_opensearch.engines.embedded.write.writer import Writer

_IDS_AT_ONCE = 1000


class EmbeddedIndex:
    """The `Index` port over one SQLite file; made by `open_embedded`.

    Several processes may read and write the file at once. Threads that share an object take turns;
    it does not work across a fork.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        cache_bytes: int,
        tuning: Tuning,
        *,
        being_built: bool = False,
    ) -> None:
        self._store = store
        self._name = name
        self._being_built = being_built
        self._tuning = tuning
        self._vocabulary = Vocabulary()
        self._scorer = Scorer(cache_bytes)
        self._view: View | None = None
        # What whoever uses this object encodes for; it stays when the name moves on.
        self._schema: Schema | None = None

    @property
    def url(self) -> str:
        """The path of the file."""
        return self._store.path

    @property
    def name(self) -> str:
        """The name of the index in the file."""
        return self._name

    @property
    def host(self) -> str:
        """Empty: the file is one machine's."""
        return ""

    def schema(self) -> Schema | None:
        """What the index holds, or None where it or its file does not exist yet."""
        if not self._store.exists:
            return None
        with self._store.reading() as connection:
            index = read_index(connection, self._name)
        if index is None:
            return None
        self._schema = self._schema or index.schema
        return index.schema

    def create(self, schema: Schema) -> None:
        """Make the index, and the file where there is none. Again with an equal schema: nothing.

        Raises:
            SpaceMismatchError: it exists with another schema.
            UsageError: the schema has no sparse field, or more than 14.
            IndexFileError: the file cannot be made.
        """
        self._check_not_overtaken()
        self._writer.create(schema)
        self._schema = schema

    def drop(self) -> None:
        """Remove the index with its documents, sources and manifest, and one that is being built;
        at once for every reader.

        The space is used again by what the file gets next; the file does not shrink.
        """
        rebuild = None if self._being_built else self.rebuilding()
        if rebuild is not None:
            rebuild.abandon()
        self._writer.drop()
        self._schema = None

    def dropped_with(self) -> list[str]:
        """None: what a rebuild has kept is an index of its own."""
        return []

    def rebuild(self, schema: Schema, field_type: str | None = None) -> EmbeddedRebuild:
        """Begin to make the index that is to take this one's place, or go on with the one begun.

        Raises:
            RebuildError: the one that was begun has another schema.
            UsageError: a field type is given: a file has one kind of fields.
        """
        from lsr_opensearch.engines.embedded.rebuilding import begin

        return begin(self._rebuild(), schema, field_type)

    def rebuilding(self) -> EmbeddedRebuild | None:
        """The rebuild that was begun and is not finished; None where there is none."""
        rebuild = self._rebuild()
        if rebuild.index.schema() is not None:
            return rebuild
        rebuild.index.close()
        return None

    def _check_not_overtaken(self) -> None:
        """An index that was being built is never made again by who goes on writing to it."""
        if self._being_built and self.schema() is None:
            from lsr_opensearch.engines.embedded.rebuilding import overtaken

            raise overtaken(self._name)

    def _rebuild(self) -> EmbeddedRebuild:
        from lsr_opensearch.engines.embedded.rebuilding import EmbeddedRebuild, next_name

        store, name = self._store.another(), next_name(self._name)
        index = EmbeddedIndex(store, name, 0, self._tuning, being_built=True)
        return EmbeddedRebuild(self._store, self._name, index, self._tuning)

    def write(self, batch: WriteBatch) -> WriteResult:
        """Apply a batch. When it returns, the batch is durable and searchable, whole.

        Where an id is deleted and written in one batch, it is written; of several documents of one
        id, the last.

        Raises:
            UsageError: a document that cannot be stored; nothing was applied.
            StorageFullError, IndexBusyError, IndexFileError: nothing of the batch was applied.
        """
        self._check_not_overtaken()
        self._writer.write(batch, self._schema)
        return WriteResult()

    def settle(self) -> None:
        """Nothing to do: what is written is searchable at once."""

    def search(self, request: SearchRequest) -> list[ScoredDocument]:
        """The best hits: descending score, equal scores by ascending document id.

        Scores are sums of float32; one that is too small for a float32 is no hit.

        Raises:
            QueryError: the request names a field that the index does not have.
            IndexFileError: there is no such index, or the file is damaged.
        """
        with self._viewing() as (connection, view):
            search = Search(connection, view, self._scorer, self._vocabulary, request)
            return search.hits()

    def rank(self, request: SearchRequest) -> list[tuple[str, float]]:
        """The ids and scores of the best hits, without the documents."""
        with self._viewing() as (connection, view):
            search = Search(connection, view, self._scorer, self._vocabulary, request)
            return search.ids_and_scores()

    def fetch(self, ids: Sequence[str]) -> dict[str, Document]:
        """The documents of these ids; ids that do not exist are left out."""
        with self._store.reading() as connection:
            index = self._required(connection)
            found = contents.by_ids(connection, index, self._vocabulary, list(map(storable, ids)))
        return {document.id: document for document in found}

    def document_ids(self, source: str | None = None) -> Iterator[str]:
        """Every document's id, of one source or of all, ascending.

        What is written while the iterator is used may or may not be among them.
        """
        page: list[str] = []
        while not page or len(page) == _IDS_AT_ONCE:
            with self._store.reading() as connection:
                index = self._required(connection)
                after = page[-1] if page else ""
                page = contents.ids_after(connection, index, source, after, _IDS_AT_ONCE)
            if not page:
                return
            yield from page

    def stored(self, source: str) -> Iterator[StoredDocument]:
        """Every document of a source, ascending by id, with the entry written in its batch."""
        entries = {entry.document_id: entry for entry in self.manifest(source).values()}
        return (StoredDocument(key, entries.get(key)) for key in self.document_ids(source))

    def source_counts(self) -> dict[str, int]:
        """Source -> its documents, bound or not."""
        with self._store.reading() as connection:
            return contents.source_counts(connection, self._required(connection))

    def revisions(self, source: str) -> Iterator[tuple[str, int]]:
        """Id and 0 of every document of a source, ascending by id."""
        return ((document_id, 0) for document_id in self.document_ids(source))

    def known_terms(self, terms: Sequence[str]) -> set[str]:
        """Those of ``terms`` that at least one document of the index contains."""
        from lsr_opensearch.engines.embedded.search.coverage import Coverage

        with self._viewing() as (connection, view):
            ids = self._vocabulary.ids(connection, map(storable, terms))
            present = Coverage(connection, view).present(ids.values())
        return {term for term, number in ids.items() if number in present}

    def vocabulary(self) -> Iterator[str]:
        """Every term that a document of the index contains, in no order."""
        from lsr_opensearch.engines.embedded.search.coverage import Coverage

        with self._viewing() as (connection, view):
            present = Coverage(connection, view).all_terms()
            return iter(self._vocabulary.texts(connection, list(present)))

    def bind_source(self, binding: SourceBinding) -> None:
        """Register a source; again with the same host and root does nothing.

        Raises:
            SourceError: the name is bound to another host or root.
        """
        self._writer.bind_source(binding)

    def sources(self) -> list[SourceBinding]:
        """The registered sources, by name; none where the index does not exist."""
        if self.schema() is None:
            return []
        with self._store.reading() as connection:
            return provenance.read_sources(connection, self._required(connection).id)

    def forget_source(self, source: str) -> int:
        """Remove a source with its documents and manifest; how many documents went."""
        return self._writer.forget_source(source)

    def rejected_documents(self, source: str) -> dict[bytes, Document]:  # noqa: ARG002
        """None: the file takes every document that can be made."""
        return {}

    def notices(self) -> list[str]:
        """None."""
        return []

    def query_body(self, request: SearchRequest) -> Mapping[str, Any]:  # noqa: ARG002
        """Nothing is sent anywhere.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "A query to an index file is not sent anywhere, so there is nothing to show.",
            "Give the cluster's address with --url, or use --explain.",
        )

    def manifest(self, source: str, *, keep: bool = True) -> dict[bytes, ManifestEntry]:  # noqa: ARG002
        """The manifest of a source, by path; it lies in the same file."""
        with self._store.reading() as connection:
            index = self._required(connection)
            return provenance.read_manifest(connection, index.id, source)

    def check(self) -> list[str]:
        """What is wrong with the file, one sentence each; empty where it is sound.

        Reads all of it: some 10 s for 100,000 documents.
        """
        from lsr_opensearch.engines.embedded.write import checking

        with self._viewing() as (connection, view):
            pages = checking.page_problems(connection)
            return pages or checking.index_problems(connection, view, self._tuning)

    def mend(self) -> Iterator[str]:
        """Nothing: what is damaged in a file is made anew by indexing into another."""
        return iter(())

    def status(self) -> IndexStatus:
        """Counts and sizes.

        ``store`` holds ``segments``, ``tail_documents`` (in no segment yet), ``dead_documents``
        (gone, but still in a segment) and ``free_bytes`` (of the file, to be used again).
        """
        from lsr_opensearch.engines.embedded.search.status import read_status

        with self._viewing() as (connection, view):
            return read_status(connection, view, self._store.bytes_on_disk())

    def optimize(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring all documents into few segments: for the end of a bulk load.

        Not needed for right results. It may be interrupted at any time, and others may read and
        write meanwhile.

        Args:
            progress: called after every step, of some 10 ms, with the number of steps so far.
        """
        self._writer.optimize(progress)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        if "_writer" in self.__dict__:
            self._writer.before_close()
            del self._writer
        self._store.close()
        self._view = None

    @contextmanager
    def _viewing(self) -> Iterator[tuple[sqlite3.Connection, View]]:
        """A transaction and the view of its moment; the last view where nothing has changed."""
        with self._store.reading() as connection:
            self._vocabulary.limit()
            index = self._required(connection)
            check_schema(self._name, index, self._schema)
            view = self._view
            if view is None or view.index != index:
                view = read_view(connection, index, self._view)
                self._scorer.view_changed(view)
                self._view = view
            yield connection, view

    def _required(self, connection: sqlite3.Connection) -> IndexRow:
        return required_index(connection, self._name, self._store.shown_path)

    @cached_property
    def _writer(self) -> Writer:
        from lsr_opensearch.engines.embedded.write.writer import Writer

        return Writer(self._store, self._name, self._vocabulary, self._tuning)
