"""One source from the index that serves into the one that is being built.

Where all fields stay in the same space the documents are copied. Otherwise the pictures are encoded
where they are: each machine brings over its own sources, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from lsr_opensearch.amounts import amount
from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Index, SourceBinding, WriteBatch
from lsr_opensearch.engines.rebuild import Finished, Rebuild
from lsr_opensearch.errors import RebuildError
from lsr_opensearch.indexing.copying import copy_source, copy_words_again, differences
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.losses import Losses, find_losses
from lsr_opensearch.indexing.plan import has_picture, is_indexed, looks_unmounted
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped
from lsr_opensearch.indexing.scope import Scope, folder_scope, root_path
from lsr_opensearch.indexing.sources import display_path, hidden_by
from lsr_opensearch.indexing.sync import SyncOptions, sync

_BATCH = 1000
_SHOWN = 3
_TRIES = 3

ShowProgress = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass
class RebuiltSource:
    """What became of one source.

    Attributes:
        how: ``encoded`` anew, ``copied``, brought over ``elsewhere``, or ``left out``.
        documents: in the new index.
        gone: pictures of the old index that are not in the new one, as their files are gone.
        skipped: files that are not in the new index although they are there.
        waiting: why the new index cannot serve yet; empty where it can.
    """

    source: str
    how: str
    documents: int = 0
    gone: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    waiting: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os reindex --json`` prints for a source."""
        return asdict(self)


@dataclass(frozen=True)
class BringOver:
    """Brings over sources, again and again: what has not changed since costs little.

    Attributes:
        is_copy: whether the fields of both indexes are the same.
        prune: go on where a fifth of a source's pictures or more would be lost.
        show_progress: name of a source -> what shows how far it is.
    """

    old: Index
    rebuild: Rebuild
    encoder: Encoder
    cache: EncodingCache
    is_copy: bool
    prune: bool
    workers: int | None
    show_progress: ShowProgress

    @property
    def new(self) -> Index:
        """The index that is being built."""
        return self.rebuild.index

    def source(self, binding: SourceBinding, *, is_last: bool = False) -> RebuiltSource:
        """Make the new index have of a source what it should, or see whether it has.

        Args:
            is_last: the old index takes no writes: both must be equal afterwards.

        Raises:
            RebuildError: pictures are missing without a reason, or too many are.
            SourceError: the folder cannot be looked at.
        """
        if self.is_copy:
            return self._copied(binding.name, is_last)
        if binding.root and binding.host == self.old.host:
            return self._encoded(binding, is_last)
        return self._elsewhere(binding)

    def leave_out(self, binding: SourceBinding) -> RebuiltSource:
        """Make the new index have nothing of a source."""
        revisions = self.new.revisions(binding.name)
        while part := list(islice(revisions, _BATCH)):
            self.new.write(WriteBatch(binding.name, deleted_ids=dict(part)))
        self._forget_entries(binding.name)
        return RebuiltSource(binding.name, "left out")

    def _forget_entries(self, name: str) -> None:
        """Once the new index serves, its next run must not take the pictures for unchanged."""
        self.new.settle()
        entries = self.new.manifest(name, keep=False)
        if entries:
            known = {path: entry.revision for path, entry in entries.items()}
            self.new.write(WriteBatch(name, forgotten_paths=known))

    def _copied(self, name: str, is_last: bool) -> RebuiltSource:
        # Of a file, others may write even then.
        for _ in range(_TRIES):
            with self.show_progress(name) as on_progress:
                skipped = copy_source(self.old, self.new, name, on_progress)
            counted = _Counted(self.new.revisions(name))
            olds = self.old.revisions(name)
            differing = sum(each.is_certain for each in differences(olds, counted))
            if not is_last:
                self._copy_words(name)
            if differing <= len(skipped) or not is_last:
                return RebuiltSource(name, "copied", counted.count, skipped=skipped)
        raise disagreement(f"{differing:,} documents of {name!r} were not copied as they are.")

    def _copy_words(self, name: str) -> None:
        """See to it that the new index has every word, also of what an earlier run copied.

        It is read in full for that, and therefore not in the last step. What changes afterwards has
        another revision.
        """
        for _ in range(_TRIES):
            lacking = copy_words_again(self.old, self.new, name)
            if not lacking:
                return
        raise _words_missing(name, lacking)

    def _encoded(self, binding: SourceBinding, is_last: bool) -> RebuiltSource:
        name = binding.name
        earlier = self.old.manifest(name)
        root = os.fsdecode(root_path(binding))
        scope = replace(folder_scope(root, name, self.old.sources(), self.old.host), notes=())
        known = sum(has_picture(entry) for entry in earlier.values())
        if looks_unmounted(known - len(scope.found), known) and not self.prune:
            raise _too_few(name, known - len(scope.found))
        # What is lost is looked at below; nothing of the old index is removed here.
        options = SyncOptions(prune=True, workers=self.workers, earlier=earlier)
        with self.show_progress(name) as on_progress:
            report = sync(self.new, self.encoder, self.cache, scope, options, on_progress)
        documents = set(self.new.document_ids(name))
        self._check_manifest(name, documents)
        if not is_last:
            lacking = sum(not each.has_its_terms for each in self.new.stored(name))
            if lacking:
                raise _words_missing(name, lacking)
        missing = set(self.old.document_ids(name)) - documents
        losses = self._losses(name, scope, report, missing)
        lost = len(losses.gone) + len(losses.skipped)
        if (losses.hidden or looks_unmounted(lost, known)) and not self.prune:
            raise _too_few(name, lost + len(losses.hidden))
        self.rebuild.finish(name, Finished(scope.seen_at, len(documents)))
        gone = losses.gone + losses.hidden
        return RebuiltSource(name, "encoded", len(documents), gone, report.skipped)

    def _check_manifest(self, name: str, documents: set[str]) -> None:
        entries = self.new.manifest(name).values()
        indexed = {entry.document_id for entry in entries if is_indexed(entry)}
        known = {entry.document_id for entry in entries}
        if not indexed <= documents <= known:
            raise disagreement(
                f"Of {name!r}, {len(indexed - documents):,} documents are missing that were "
                f"acknowledged, and {len(documents - known):,} are there that are not known."
            )

    def _losses(self, name: str, scope: Scope, report: IndexReport, missing: set[str]) -> Losses:
        vanished = set(report.vanished)
        found = {
            file.relative for file in scope.found if display_path(file.relative) not in vanished
        }
        losses = find_losses(
            self.old.manifest(name),
            self.new.manifest(name),
            sorted(missing),
            found,
            hidden_by(scope.unreadable),
        )
        if losses.unexplained:
            raise disagreement(
                f"Of {name!r}, {amount(len(losses.unexplained), 'picture')} missing without a "
                "reason: "
                f"{', '.join(losses.unexplained[:_SHOWN])}."
            )
        return losses

    def _elsewhere(self, binding: SourceBinding) -> RebuiltSource:
        """See whether another machine, or a program, has brought over its source."""
        name = binding.name
        said = self.rebuild.finished(name)
        seen = -1 if said is None else said.revision
        counted = _Counted(self.new.revisions(name))
        missing = changed = 0
        for each in differences(self.old.revisions(name), counted):
            if each.new is None:
                # What its machine had seen, it has left out for a reason.
                missing += (each.old or 0) > seen
            elif each.old is not None:
                changed += each.old > each.new
        result = RebuiltSource(name, "elsewhere", counted.count)
        if missing:
            result.waiting = f"{amount(missing, 'picture')} to be encoded anew"
        elif changed:
            result.waiting = f"{amount(changed, 'picture')} changed after encoding anew"
        elif said is not None and said.documents != counted.count:
            result.waiting = f"{counted.count:,} documents are there, and {said.documents:,} were"
        return result


class _Counted(Iterator[tuple[str, int]]):
    """Counts what goes through."""

    def __init__(self, things: Iterator[tuple[str, int]]) -> None:
        self._things = things
        self.count = 0

    def __next__(self) -> tuple[str, int]:
        thing = next(self._things)
        self.count += 1
        return thing


def _words_missing(name: str, lacking: int) -> RebuildError:
    return disagreement(
        f"Of {name!r}, {amount(lacking, 'picture')} came back from it without the words that they "
        "were written with."
    )


def _too_few(name: str, missing: int) -> RebuildError:
    return RebuildError(
        f"The index has {amount(missing, 'picture')} of {name!r} more than are there and can be "
        "read: is a drive not connected? Nothing was swapped.",
        "Run the same command again when all are back. If files were really deleted: add --prune.",
    )


def disagreement(what: str) -> RebuildError:
    """The error for a rebuilt index that does not hold what it should."""
    return RebuildError(
        f"The rebuilt index does not hold what it should, and was not swapped. {what}",
        "Run the same command again. If that does not help, begin anew: "
        "lsr-os reindex --abandon, then the same command.",
    )
