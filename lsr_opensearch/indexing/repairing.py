"""Mending what `verifying.verify` finds, as far as it can be mended from here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lsr_opensearch.amounts import amount
from lsr_opensearch.encoders import Encoder, encoder_of
from lsr_opensearch.engines.port import Index, Schema, SourceBinding, WriteBatch
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.indexing.agreement import Agreement
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.report import IndexReport
from lsr_opensearch.indexing.scope import folder_scope, root_path
from lsr_opensearch.indexing.sync import SyncOptions, sync
from lsr_opensearch.indexing.verifying import Survey, agreement, verify

_BATCH = 256

# Called with each thing that was done, in a sentence.
Told = Callable[[str], None]


def repair(
    index: Index,
    cache: EncodingCache,
    told: Told,
    *,
    prune: bool = False,
    model: str | os.PathLike[str] | None = None,
) -> Survey:
    """Mend what can be mended; what then differs still. Again, it finds nothing to do.

    The store is mended first (`Index.mend`), then each source whose folder is here: its files
    that are not in the index as they are now are indexed again, and no others; what is gone is
    removed; documents of the source that no file stands behind are deleted. Documents of a source
    that is not registered, and folders of other machines, are left alone.

    Args:
        prune: remove what is gone, however much that is.
        model: name or directory of the index's own, where it is not here by the name that the
            index knows.

    Raises:
        IndexFileError: the index does not exist.
        ModelError, SpaceMismatchError: the index's model is not here, or not in this version.
        ClusterError: the cluster does not do what it is asked; what was told is done.
    """
    for sentence in index.mend():
        told(sentence)
    schema = index.schema()
    if schema is not None:
        known = index.sources()
        repairs = _Repairs(index, schema, cache, known, told, prune, model)
        for binding in known:
            seen_at = revision_now()
            repairs.mend(binding, agreement(index, binding, known), seen_at)
    return verify(index)


@dataclass
class _Repairs:
    index: Index
    schema: Schema
    cache: EncodingCache
    known: Sequence[SourceBinding]
    told: Told
    prune: bool
    model: str | os.PathLike[str] | None
    _encoder: Encoder | None = field(default=None, init=False)

    def mend(self, binding: SourceBinding, found: Agreement, seen_at: int) -> None:
        """Mend what differs of one source, where its folder can be looked at.

        Args:
            seen_at: the revision of what was found (`engines.revision`).
        """
        if not binding.root or found.elsewhere or found.unreachable:
            return
        if found.stray:
            self._delete(binding.name, found.stray, seen_at)
        if found.needs_files:
            self._sync(binding, found)

    def _delete(self, source: str, stray: Sequence[str], seen_at: int) -> None:
        # Another process may have indexed some of them since they were looked at: the manifest is
        # looked at after the revisions, and what is written from now on has a later one.
        strays = set(stray)
        known = {key: revision for key, revision in self.index.revisions(source) if key in strays}
        spoken_of = {entry.document_id for entry in self.index.manifest(source).values()}
        ids = [key for key in stray if key not in spoken_of]
        deleted = 0
        for start in range(0, len(ids), _BATCH):
            part = {key: max(seen_at, known.get(key, 0) + 1) for key in ids[start : start + _BATCH]}
            result = self.index.write(WriteBatch(source, deleted_ids=part))
            deleted += len(part) - len(result.superseded)
        self.index.settle()
        if deleted:
            self.told(f"{source}: {amount(deleted, 'document')} of no file deleted.")

    def _sync(self, binding: SourceBinding, found: Agreement) -> None:
        folder = os.fsdecode(root_path(binding))
        scope = folder_scope(folder, binding.name, self.known, self.index.host)
        options = SyncOptions(prune=self.prune, again=found.again)
        report = sync(self.index, self.encoder, self.cache, scope, options)
        for sentence in _sentences(report):
            self.told(f"{binding.name}: {sentence}")

    @property
    def encoder(self) -> Encoder:
        """The index's own; loaded when something has to be encoded."""
        if self._encoder is None:
            self._encoder = encoder_of(self.index.name, self.schema.model, asked_for=self.model)
        return self._encoder


def _sentences(report: IndexReport) -> list[str]:
    done = {
        "added": report.new,
        "indexed again": report.changed,
        "moved": report.moved,
        "removed, whose files are gone": report.removed,
    }
    return [f"{amount(count, 'picture')} {what}." for what, count in done.items() if count]
