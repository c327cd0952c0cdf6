"""Batches into changes, and what became of them into the manifest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.documents import encode_document
from lsr_opensearch.engines.cluster.manifest_field import manifest_field
from lsr_opensearch.engines.cluster.state.manifests import Manifests, Record
from lsr_opensearch.engines.port import ManifestEntry, WriteBatch, WriteResult
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.errors import UsageError


def write_batch(
    writer: BulkWriter,
    manifests: Manifests,
    batch: WriteBatch,
    fields: Collection[str],
    there: Callable[[Sequence[str]], Collection[str]],
) -> WriteResult:
    """Send a batch, and record of it what the cluster has acknowledged or rejected.

    Args:
        fields: the sparse fields of the index.
        there: those of some ids that the index has documents of.

    Raises:
        ClusterError: the cluster does not take it now. What was acknowledged before is recorded;
            the rest is pending.
    """
    entries = {entry.document_id: entry for entry in batch.entries if entry.document_id}
    fates = _Fates()
    changes = _changes(batch, entries, fields, fates)
    begun = [
        Record(entries[change.id], change.revision)
        for change in changes
        if change.source is not None and change.id in entries
    ]
    deleted = dict(batch.forgotten_paths)
    if batch.deleted_ids:
        deleted |= {entry.path: entry.revision for entry in batch.entries if not entry.document_id}
    if begun or deleted:
        manifests.begin(batch.source, begun, deleted)
    with _recording(manifests, batch, entries, fates):
        writer.write(changes, fates.take)
        if again := fates.outrun_by_nothing(there):
            writer.write(again, fates.take)
    return WriteResult(fates.rejected, fates.superseded)


@dataclass
class _Fates:
    """What is known of the changes so far: those that are settled, and how."""

    settled: dict[str, Change] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)

    def outrun_by_nothing(self, there: Callable[[Sequence[str]], Collection[str]]) -> list[Change]:
        """The documents that a deletion of the future has superseded, with revisions that win.

        A cluster remembers what it has deleted for a while (``index.gc_deletes``). Where that was
        at a time that has not come yet, a clock was ahead and was set right since, and nobody could
        write the document again before then.
        """
        now = revision_now()
        ahead = [
            key
            for key in self.superseded
            if self.later[key] > now and self.settled[key].source is not None
        ]
        missing = set(ahead).difference(there(ahead)) if ahead else set()
        return [replace(self.settled[key], revision=self.later[key] + 1) for key in missing]

    def take(self, results: Sequence[Result]) -> None:
        for result in results:
            key = result.change.id
            self.settled[key] = result.change
            self.superseded.discard(key)
            if result.fate == "rejected":
                self.rejected[key] = result.reason
            elif result.fate == "superseded":
                self.superseded.add(key)
                self.later[key] = result.later


def _changes(
    batch: WriteBatch,
    entries: Mapping[str, ManifestEntry],
    fields: Collection[str],
    fates: _Fates,
) -> list[Change]:
    """The changes of a batch, each id once: where it is deleted and written, it is written."""
    changes = {key: Change(key, revision, None) for key, revision in batch.deleted_ids.items()}
    for document in batch.documents:
        try:
            entry = entries.get(document.id)
            encoded = encode_document(
                document,
                source=batch.source,
                fields=fields,
                manifest=None if entry is None else manifest_field(entry),
            )
        except UsageError as error:
            # What cannot even be sent touches no other document.
            unsent = Change(document.id, document.revision, None)
            fates.take([Result(unsent, "rejected", str(error))])
        else:
            changes[document.id] = Change(document.id, document.revision, encoded)
    return list(changes.values())


@contextmanager
def _recording(
    manifests: Manifests,
    batch: WriteBatch,
    entries: Mapping[str, ManifestEntry],
    fates: _Fates,
) -> Iterator[None]:
    """Record what is known when the block ends, also where it ends in an error."""
    complete = False
    try:
        yield
        complete = True
    finally:
        records = list(_records(entries, fates))
        forgotten: dict[bytes, int] = {}
        if complete:
            # Their documents are deleted now, if they had any and nobody has written them later.
            left = _left(manifests, batch, fates)
            records += [
                Record(entry, entry.revision)
                for entry in batch.entries
                if not entry.document_id and entry.path not in left
            ]
            gone = batch.forgotten_paths.items()
            forgotten = {path: revision for path, revision in gone if path not in left}
        if records or forgotten:
            manifests.record(batch.source, records, forgotten)


def _left(manifests: Manifests, batch: WriteBatch, fates: _Fates) -> set[bytes]:
    """The paths whose documents were to be deleted and are still there: somebody wrote later."""
    left = fates.superseded.intersection(batch.deleted_ids)
    known = (manifests.read(batch.source) or {}) if left else {}
    return {path for path, entry in known.items() if entry.document_id in left}


def _records(entries: Mapping[str, ManifestEntry], fates: _Fates) -> Iterator[Record]:
    for key, change in fates.settled.items():
        entry = entries.get(key)
        # Of what is superseded, the writer of the later revision knows more.
        if entry is None or key in fates.superseded:
            continue
        if key in fates.rejected:
            problem = fates.rejected[key]
            yield Record(replace(entry, problem=problem), change.revision, change.source)
        else:
            yield Record(entry, change.revision)
