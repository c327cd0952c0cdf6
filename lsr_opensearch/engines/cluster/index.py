"""One named index in a cluster."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.counts import source_counts
from lsr_opensearch.engines.cluster.current import CurrentGeneration
from lsr_opensearch.engines.cluster.forgetting import cleared, take_back
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.mapping import DEFAULT_FIELD_TYPE, FieldType
from lsr_opensearch.engines.cluster.reading import Reader
from lsr_opensearch.engines.cluster.rebuilding import (
    ClusterRebuild,
    begun,
    explained,
    overtaken,
)
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.cluster.remembered import RememberedSources
from lsr_opensearch.engines.cluster.scanning import scan
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.cluster.state.manifests import Manifests
from lsr_opensearch.engines.cluster.state.memory import remember_uuid
from lsr_opensearch.engines.cluster.upkeep import Upkeep
from lsr_opensearch.engines.cluster.writing import write_batch
from lsr_opensearch.engines.other_model import other_schema
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
from lsr_opensearch.errors import (
    ClusterIndexError,
    ClusterRequestError,
    SourceError,
)

_DEFAULT_POLICY = BulkPolicy()


class ClusterIndex:
    """The `Index` port over an alias of a cluster; made by `open_cluster`.

    Args:
        connection: to the cluster.
        name: the alias.
        state: what this machine remembers.
        host: what this machine's sources are bound to.
        field_type: of the sparse fields, where the index has to be made.
        being_built: the one that a rebuild fills, not the one that serves; also once it does.
        policy: sizes and patience of bulk writing.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        state: StateFile,
        host: str,
        field_type: FieldType = DEFAULT_FIELD_TYPE,
        *,
        being_built: Generation | None = None,
        policy: BulkPolicy = _DEFAULT_POLICY,
    ) -> None:
        self.connection = connection
        self.generations = Generations(connection, name)
        self._name = name
        self._alias = being_built.index if being_built else name
        self.state = state
        self._host = host
        self._field_type = field_type
        self._is_being_built = being_built is not None
        self._current = CurrentGeneration(self.generations, being_built)
        self._registry = Registry(connection, name)
        self._sources = RememberedSources(connection, self._alias, self._registry, state, host)
        self._reader = Reader(connection, self._alias)
        self._upkeep = Upkeep(connection, self.generations, self._registry, state, name, host)
        self._policy = policy
        self._writers: dict[str, BulkWriter] = {}
        self._lock = threading.RLock()

    @property
    def url(self) -> str:
        """Where the cluster is, without secrets."""
        return self.connection.url

    @property
    def name(self) -> str:
        """The alias."""
        return self._name

    @property
    def host(self) -> str:
        """What the sources of this machine are bound to."""
        return self._host

    def schema(self) -> Schema | None:
        """What the index holds, or None where it does not exist."""
        return self._current.schema()

    def create(self, schema: Schema) -> None:
        """Make the index, serving at once. Again with an equal schema: nothing.

        Raises:
            SpaceMismatchError: it exists with another schema.
            ClusterError: the cluster does not make it.
        """
        found = self._current.looked_up()
        if found is None:
            if self._is_being_built:
                raise overtaken(self._name)
            found = self.generations.create(schema, self._field_type)
        if found.schema != schema:
            raise other_schema(self._name, found.schema, schema)
        self._registry.create()
        self._current.take(found)
        if not self._is_being_built:
            self._upkeep.serves_again(found)
            remember_uuid(self.state, self.url, self._name, found.uuid)

    def drop(self) -> None:
        """Delete the index with its documents, sources and manifests, one that is being built,
        and those that rebuilds have kept.

        What the name stands for goes last: whoever is interrupted finds it, and does this again.
        """
        self._registry.drop()
        for found in sorted(self.generations.all(), key=lambda each: self._name in each.aliases):
            self.generations.drop(found)
            Manifests(self.state, found.uuid).forget_all()
        self._current.forget()
        remember_uuid(self.state, self.url, self._name, "")

    def dropped_with(self) -> list[str]:
        """One that is being built, and those that rebuilds have kept."""
        serving = self._required().uuid
        return [found.index for found in self.generations.all() if found.uuid != serving]

    def rebuild(self, schema: Schema, field_type: str | None = None) -> ClusterRebuild:
        """Begin to make the index that is to take this one's place, or go on with the one begun.

        Raises:
            RebuildError: the one that was begun has another schema or field type.
            ClusterError: the cluster does not make it, or the index is closed.
        """
        old = self._required()
        # That one is closed is found out before anything is made.
        self.settle()
        self._upkeep.serves_again(old)
        kind: FieldType = field_type or old.field_type  # type: ignore[assignment]
        return self._rebuild(old, begun(self.generations, self._name, old, schema, kind))

    def rebuilding(self) -> ClusterRebuild | None:
        """The rebuild that was begun and is not finished; None where there is none."""
        new = self.generations.building()
        return None if new is None else self._rebuild(self._required(), new)

    def write(self, batch: WriteBatch) -> WriteResult:
        """Send a batch. When it returns, all of it but what was rejected is durable; it is
        searchable after `settle`, or after the index's refresh interval.

        Raises:
            SourceError: the batch's source is not bound (any more); nothing of it stays.
            ClusterError: the cluster does not take it now; what was acknowledged before is in the
                manifest, the rest is pending.
        """
        binding = self._bound(batch.source)
        generation = self._required()
        with self._lock, self._writing() as writer:
            manifests = self._sources.of(self._required())
            result = write_batch(
                writer,
                manifests,
                batch,
                generation.schema.fields,
                lambda ids: self._reader.fetch(ids, generation).keys(),
            )
            if batch.documents:
                self._check_still(binding, batch, writer, manifests)
            if not self._sources.is_own(binding):
                # What another machine's source has is found out anew each time.
                manifests.forget(batch.source)
            return result

    def settle(self) -> None:
        """Make everything written so far searchable. Who wrote nothing need not be allowed to."""
        allowed = () if self._writers else (403,)
        self.connection.ask("POST", f"/{self._alias}/_refresh", allowed=allowed)

    def search(self, request: SearchRequest) -> list[ScoredDocument]:
        """The best hits: descending score, equal scores by ascending document id.

        Raises:
            QueryError: more hits are asked for than the cluster gives.
            ClusterError: the cluster does not answer, or not for all of its documents.
            SpaceMismatchError: the index was rebuilt with another model meanwhile.
        """
        before = self._required()
        if not self._current.agrees():
            self._current.has_moved(before)
        try:
            hits, index = self._reader.search(request, before)
        except (ClusterRequestError, ClusterIndexError):
            if not self._current.has_moved(before):
                raise
        else:
            if index == before.index or not self._current.has_moved(before):
                return hits
        # It was asked in the way of the index before, whose fields may be of another type.
        return self._reader.search(request, self._required())[0]

    def fetch(self, ids: Sequence[str]) -> dict[str, Document]:
        """The documents of these ids; ids that do not exist are left out."""
        return self._reader.fetch(ids, self._required())

    def document_ids(self, source: str | None = None) -> Iterator[str]:
        """Every document's id, of one source or of all, ascending."""
        self._settle_if_allowed()
        return (hit["_id"] for hit in scan(self.connection, self._alias, source))

    def stored(self, source: str) -> Iterator[StoredDocument]:
        """Every document of a source, ascending by id, with the entry that it keeps."""
        self._settle_if_allowed()
        return self._reader.stored(source, self._required())

    def source_counts(self) -> dict[str, int]:
        """Source -> its documents, bound or not; empty for those that are of no source."""
        self._settle_if_allowed()
        return source_counts(self.connection, self._alias)

    def revisions(self, source: str) -> Iterator[tuple[str, int]]:
        """Id and revision of every document of a source, ascending by id."""
        self._settle_if_allowed()
        return self._revisions(source)

    def known_terms(self, terms: Sequence[str]) -> set[str]:
        """Those of ``terms`` that at least one document of the index contains."""
        return self._reader.known_terms(terms, self._required())

    def vocabulary(self) -> Iterator[str]:
        """The terms that are among the strongest of at least one document."""
        return iter(self._reader.top_terms())

    def bind_source(self, binding: SourceBinding) -> None:
        """Register a source; again with the same host and root does nothing.

        Raises:
            SourceError: the name is bound to another host or root, or is being forgotten.
        """
        is_new = self._registry.find(binding.name) is None
        if is_new and self._sources.kept(binding.name, self._required()) is not None:
            self._settle_if_allowed()
            self._sources.look_again(binding.name, self._required())
        self._registry.bind(binding)

    def sources(self) -> list[SourceBinding]:
        """The registered sources, by name."""
        return self._registry.bindings()

    def forget_source(self, source: str) -> int:
        """Remove a source with its documents and manifest; how many documents went.

        Interrupted, it goes on when it is called again; meanwhile nobody can add to the source.
        """
        self._registry.mark_leaving(source)
        rebuild = self.rebuilding()
        if rebuild is not None:
            rebuild.index.clear(source)
        gone = self.clear(source)
        self._registry.remove(source)
        return gone

    def clear(self, source: str) -> int:
        """Delete the documents of a source and its manifest here; how many documents went."""

        def found() -> Iterator[tuple[str, int]]:
            self.settle()
            return self._revisions(source)

        with self._writing() as writer:
            gone = cleared(writer, found, source)
        self._sources.of(self._required()).forget(source)
        return gone

    def manifest(self, source: str, *, keep: bool = True) -> dict[bytes, ManifestEntry]:
        """The manifest of a source, by path; found out from the index where this machine has none.

        Of another machine's source, what the index says: its skipped files are not known here.

        Args:
            keep: remember what was found out.
        """
        kept = self._sources.kept(source, self._required())
        if kept is not None:
            return kept
        self._settle_if_allowed()
        return self._sources.found_out(source, self._required(), keep=keep)

    def rejected_documents(self, source: str) -> dict[bytes, Document]:
        """Path -> document, as it was sent, of everything of the source that was rejected."""
        return self._sources.rejected(source, self._required())

    def optimize(self) -> None:
        """Nothing: clusters merge by themselves."""

    def notices(self) -> list[str]:
        """What the user should know of how the cluster is reached, and of what became of the
        index since it was last written from here."""
        serving = self._current.known_or_looked_up()
        about = [] if serving is None else [self._kept_type(serving)]
        if serving is not None and not self._is_being_built:
            about.append(self._upkeep.left_loading(serving))
        return [*self.connection.notes, *self._upkeep.notices(), *filter(None, about)]

    def query_body(self, request: SearchRequest) -> Mapping[str, Any]:
        """What `search` sends to ``_search``."""
        return self._reader.body(request, self._required())

    def check(self) -> list[str]:
        """What is wrong around the index, one sentence each; empty where it is sound."""
        return list(self._upkeep.problems(self._required()))

    def mend(self) -> Iterator[str]:
        """Bring back a lost alias or registry, settings for searches and the local manifests, and
        finish what was being forgotten; each thing that was done, in a sentence.

        Raises:
            ClusterIndexError: it is not clear which index the alias was for.
        """
        self._current.look_again()
        yield from self._upkeep.mended(self.forget_source)

    def status(self) -> IndexStatus:
        """Counts and sizes; ``terms`` counts only those that are among a document's strongest."""
        self._settle_if_allowed()
        return self._reader.status(self._required())

    def close(self) -> None:
        """Release connections and files; closing twice is fine."""
        self.connection.close()
        self.state.close()

    def _kept_type(self, serving: Generation) -> str:
        """That the index is not of the type that was asked for: a sentence, or empty."""
        if self._field_type in (DEFAULT_FIELD_TYPE, serving.field_type):
            return ""
        return (
            f"The index {self._name!r} keeps term weights in {serving.field_type}, and goes on "
            f"with it; for {self._field_type}, rebuild it: lsr-os reindex --field-type "
            f"{self._field_type}"
        )

    def _revisions(self, source: str) -> Iterator[tuple[str, int]]:
        hits = scan(self.connection, self._alias, source)
        return ((hit["_id"], hit["_version"]) for hit in hits)

    def _settle_if_allowed(self) -> None:
        """Who may only read sees what is searchable already."""
        self.connection.ask("POST", f"/{self._alias}/_refresh", allowed=(403,))

    def _required(self) -> Generation:
        return self._current.required()

    def _bound(self, source: str) -> SourceBinding:
        # Asked for each batch: whoever waits for the cluster to take one waits for this, too.
        binding = self._registry.find(source, retry_s=self._policy.patience_s)
        if binding is None:
            raise _forgotten(source)
        return binding

    def _check_still(
        self,
        binding: SourceBinding,
        batch: WriteBatch,
        writer: BulkWriter,
        manifests: Manifests,
    ) -> None:
        """Take back what arrived after somebody had begun to forget its source: who forgets it
        sees all that arrived before."""
        try:
            if self._bound(batch.source) != binding:
                raise _forgotten(batch.source)
        except SourceError:
            take_back(writer, batch)
            manifests.forget(batch.source)
            raise

    @contextmanager
    def _writing(self) -> Iterator[BulkWriter]:
        """What writes to the index as it is known here, and to none that takes its place."""
        target = self._required()
        writer = self._writers.get(target.uuid)
        if writer is None:
            self.generations.allow_writes(target)
            if not self._is_being_built:
                self._upkeep.serves_again(target)
            writer = BulkWriter(self.connection, target.write_alias, policy=self._policy)
            self._writers = {target.uuid: writer}
        with explained(self.generations, self._name, target):
            yield writer

    def _rebuild(self, old: Generation, new: Generation) -> ClusterRebuild:
        index = ClusterIndex(self.connection, self._name, self.state, self._host, being_built=new)
        return ClusterRebuild(
            index, self.connection, self.generations, self._registry, self.state, old, new
        )


def _forgotten(source: str) -> SourceError:
    return SourceError(
        f"The source {source!r} is not in the index; it may have been forgotten meanwhile.",
        "Run the same command again to index it anew.",
    )
