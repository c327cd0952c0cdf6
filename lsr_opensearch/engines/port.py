"""What an engine is to the rest of the library: plain data in, plain data out.

An `Index` is one named index in one store, the embedded file or a cluster. Everything above it
(indexing, the searcher, the command line) knows only this port.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lsr_opensearch.query.request import SearchRequest
from lsr_opensearch.terms import TermWeights

if TYPE_CHECKING:
    from lsr_opensearch.engines.rebuild import Rebuild

__all__ = [
    "Document",
    "FieldSource",
    "Index",
    "IndexStatus",
    "ManifestEntry",
    "Schema",
    "ScoredDocument",
    "SearchRequest",
    "SourceBinding",
    "SparseField",
    "StoredDocument",
    "WriteBatch",
    "WriteResult",
]

FieldSource = Literal["image", "caption", "keywords", "ocr"]


@dataclass(frozen=True)
class SparseField:
    """One field of term weights.

    Attributes:
        source: what the weights were made from.
        space_id: the space of the encoder that made them (`Encoder.space_id`).
        weight: factor of this field's dot product in the score.
    """

    source: FieldSource
    space_id: str
    weight: float = 1.0


@dataclass(frozen=True)
class Schema:
    """What an index holds: the model's name and the sparse fields, by field name."""

    model: str
    fields: Mapping[str, SparseField]


@dataclass(frozen=True)
class Document:
    """One picture as it is stored.

    Attributes:
        id: the engine's ``_id``; the tie-break of equal scores.
        terms: sparse field -> term weights, exactly as they are scored.
        metadata: JSON-able values: path, uri, sha256, width, captions, top_terms, ...
        revision: when its content was read, microseconds since 1970. Of two writers of one id the
            later revision wins, whichever writes last; 0 where one store has one writer at a time.
        has_its_terms: False for one that was read, where ``terms`` are not those that it was
            written with: somebody has changed them, or the store does not give them. It is not to
            be written anywhere.
    """

    id: str
    terms: Mapping[str, TermWeights]
    metadata: Mapping[str, Any]
    revision: int = 0
    has_its_terms: bool = True


@dataclass(frozen=True)
class SourceBinding:
    """A source's name, and the one host and folder that it stands for.

    ``host`` and ``root`` are empty for items that a program adds with ids of its own; ``host`` is
    empty in the file of one machine, too.
    """

    name: str
    host: str
    root: str


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What is known of one file of a source since it was last acknowledged or given up.

    Attributes:
        path: relative to the source's root, as the bytes of the file system.
        size: bytes.
        mtime_ns: modification time, nanoseconds.
        sha256: of the content, hexadecimal; empty when it could not be read.
        annotation: what is said of the file elsewhere (`indexing.annotations.Annotation`), as
            text; equal where the same is said.
        document_id: empty when the file has no document because of ``problem``.
        problem: why the file was skipped; empty when it is in the index.
        pending: this document was sent, or its deletion, and it is not known whether that arrived.
        replaces: of a pending one: the index has a document of the file all the same, if only the
            one before.
        revision: of the document, or of what was seen where there is none, in a store that keeps
            it; 0 elsewhere. It says nothing of the file, and entries that differ in it alone are
            equal.
    """

    path: bytes
    size: int
    mtime_ns: int
    sha256: str
    annotation: str
    document_id: str
    problem: str = ""
    pending: bool = False
    replaces: bool = False
    revision: int = field(default=0, compare=False)


@dataclass(frozen=True)
class WriteBatch:
    """Changes that belong together, of one source.

    Attributes:
        documents: to insert, or to replace where the id exists.
        deleted_ids: documents to remove -> the revision of what was seen when they were to go
            (`Document.revision`); unknown ids are ignored.
        entries: manifest entries to insert or replace, each valid once its document is written, or
            deleted where it has none.
        forgotten_paths: manifest entries to remove -> the revision, as for the documents.
    """

    source: str
    documents: Sequence[Document] = ()
    deleted_ids: Mapping[str, int] = field(default_factory=dict)
    entries: Sequence[ManifestEntry] = ()
    forgotten_paths: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteResult:
    """What became of a batch that was not refused as a whole.

    Attributes:
        rejected: document id -> why the store will never take this document, and what to do.
        superseded: ids that were neither written nor deleted, as the store has a later revision.
    """

    rejected: Mapping[str, str] = field(default_factory=dict)
    superseded: Collection[str] = ()


@dataclass(frozen=True)
class ScoredDocument:
    """A hit. ``document.terms`` has the terms of the request's clauses: enough to explain it."""

    document: Document
    score: float


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as far as it is compared with what is known of its file.

    Attributes:
        entry: the manifest entry that it was written with; None where there is none: an item, or
            something that other programs have written.
        has_its_terms: see `Document`.
    """

    id: str
    entry: ManifestEntry | None
    has_its_terms: bool = True


@dataclass(frozen=True)
class IndexStatus:
    """What `lsr-os status` says of an index.

    Attributes:
        terms: how many different ones the documents have.
        store: what only this engine has.
        counts_all_terms: whether ``terms`` are all, or those among a document's strongest.
    """

    documents: int
    terms: int
    bytes_on_disk: int
    store: Mapping[str, Any] = field(default_factory=dict)
    counts_all_terms: bool = True


class Index(Protocol):
    """One named index. Threads that share it take turns; several processes may share the store."""

    @property
    def host(self) -> str:
        """What the sources of this machine are bound to; empty where no other shares the store."""

    @property
    def url(self) -> str:
        """Where the store is, without secrets."""

    @property
    def name(self) -> str:
        """The name of the index in its store."""

    def schema(self) -> Schema | None:
        """What the index holds, or None where it does not exist yet."""

    def create(self, schema: Schema) -> None:
        """Make the index. Making it again with an equal schema does nothing.

        Raises:
            SpaceMismatchError: it exists with other fields or another space.
        """

    def drop(self) -> None:
        """Remove the index with its documents, sources and manifest."""

    def dropped_with(self) -> list[str]:
        """The names of the other indexes of the store that `drop` removes, too."""

    def rebuild(self, schema: Schema, field_type: str | None = None) -> Rebuild:
        """Begin to make the index that is to take this one's place, or go on with the one begun.

        Args:
            field_type: how a cluster keeps its term weights; as this index does by default.

        Raises:
            RebuildError: the one that was begun has another schema or field type.
            UsageError: a field type for a file.
        """

    def rebuilding(self) -> Rebuild | None:
        """The rebuild that was begun and is not finished; None where there is none."""

    def write(self, batch: WriteBatch) -> WriteResult:
        """Apply a batch. When it returns, all of it but what was rejected is durable.

        It is searchable at once in a file, and after `settle` in a cluster.

        Raises:
            SourceError: the batch's source is not bound (any more); nothing of it stays.
            StorageFullError, IndexBusyError, IndexFileError: nothing of the batch was applied.
            ClusterError: the cluster does not take it now; what it acknowledged before is in the
                manifest, and the rest is sent again by the next run.
        """

    def settle(self) -> None:
        """Make everything written so far searchable: for the end of a run."""

    def search(self, request: SearchRequest) -> list[ScoredDocument]:
        """The best hits: descending score, equal scores by ascending document id."""

    def fetch(self, ids: Sequence[str]) -> dict[str, Document]:
        """The documents of these ids; ids that do not exist are left out."""

    def document_ids(self, source: str | None = None) -> Iterator[str]:
        """Every document's id, of one source or of all."""

    def stored(self, source: str) -> Iterator[StoredDocument]:
        """Every document of a source, ascending by id, as it lies in the store."""

    def source_counts(self) -> dict[str, int]:
        """Source -> its documents, bound or not; empty for those that are of no source."""

    def revisions(self, source: str) -> Iterator[tuple[str, int]]:
        """Id and revision of every document of a source, ascending by id; 0 where none is kept."""

    def known_terms(self, terms: Sequence[str]) -> set[str]:
        """Those of ``terms`` that at least one document of the index contains."""

    def vocabulary(self) -> Iterator[str]:
        """Every term that a document of the index contains."""

    def bind_source(self, binding: SourceBinding) -> None:
        """Register a source; again with the same host and root does nothing.

        Raises:
            SourceError: the name is bound to another host or root.
        """

    def sources(self) -> list[SourceBinding]:
        """The registered sources, by name; in a cluster, also while the index itself is missing."""

    def forget_source(self, source: str) -> int:
        """Remove a source with its documents and manifest; how many documents went."""

    def rejected_documents(self, source: str) -> dict[bytes, Document]:
        """Path -> document, as it was sent, of all that the store will never take as it is."""

    def manifest(self, source: str, *, keep: bool = True) -> dict[bytes, ManifestEntry]:
        """The manifest of a source, by path.

        Args:
            keep: remember it where it is lost and had to be found out from the documents.
        """

    def optimize(self) -> None:
        """Do all upkeep now: for the end of a bulk load. Results are the same without it."""

    def notices(self) -> list[str]:
        """What the user should know of the store and of how it is reached, one sentence each."""

    def query_body(self, request: SearchRequest) -> Mapping[str, Any]:
        """What is sent to the store for a request, to be looked at or pasted elsewhere.

        Raises:
            UsageError: nothing is sent: the store is a file.
        """

    def check(self) -> list[str]:
        """What is wrong with the store, one sentence each; empty where it is sound."""

    def mend(self) -> Iterator[str]:
        """Put right what `check` finds, and a manifest that is lost or older than the documents,
        as far as no picture is needed for it; each thing that was done, in a sentence."""

    def status(self) -> IndexStatus:
        """Counts and sizes."""

    def close(self) -> None:
        """Release files and connections; closing twice is fine."""
