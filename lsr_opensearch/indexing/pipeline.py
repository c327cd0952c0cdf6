"""A source into an index: read and encode, write, acknowledge, remove what is gone.

Documents and their manifest entries are written in one batch, so that whatever interrupts a run,
the manifest names only what the index holds, and the same command continues where it stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing

from lsr_opensearch.cores import usable_cores
from lsr_opensearch.engines.port import Index, ManifestEntry, WriteBatch, WriteResult
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.indexing.batches import in_batches
from lsr_opensearch.indexing.plan import Plan, settle_gone
from lsr_opensearch.indexing.reading import FileEncoder, Outcome, hash_file
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped, superseded_note
from lsr_opensearch.indexing.sources import display_path, document_id
from lsr_opensearch.indexing.workers import map_chunks

# A batch is written when it has this many pictures: what a crash can cost.
BATCH_DOCUMENTS = 256
# After as many the index does its upkeep at once, for the searches that follow.
BULK_DOCUMENTS = 1000


class SourceIndexer:
    """Brings one source of an index up to date.

    Args:
        source: its name, bound in the index.
    """

    def __init__(self, index: Index, source: str, files: FileEncoder) -> None:
        self._index = index
        self._source = source
        self._files = files

    def run(
        self,
        plan: Plan,
        *,
        seen_at: int,
        prune: bool = False,
        workers: int | None = None,
        on_progress: Progress | None = None,
    ) -> IndexReport:
        """Carry out a plan.

        Args:
            seen_at: the revision of what the plan says (`Scope.seen_at`).
            prune: remove what is gone, however much that is.
            workers: pictures encoded at once; the usable cores by default.
            on_progress: called after every few pictures.

        Raises:
            StorageFullError, IndexBusyError, IndexFileError, ClusterError: the index could not be
                written; what was acknowledged before stays, and the same call continues.
            KeyboardInterrupt: after what was finished has been written.
        """
        report = IndexReport(self._source, unchanged=plan.unchanged)
        read: Counter[str] = Counter()

        superseded: set[str] = set()

        def write(outcomes: Sequence[Outcome]) -> None:
            result = self._write(outcomes)
            superseded.update(result.superseded)
            for outcome in outcomes:
                written = _count(report, outcome, result)
                read[outcome.sha256] += outcome.is_new and written

        through, total = 0, len(plan.tasks)
        if on_progress:
            on_progress(0, total)
        chunks = map_chunks(self._files.encode, plan.tasks, workers or usable_cores())
        with closing(in_batches(chunks, write, BATCH_DOCUMENTS)) as written:
            for outcomes in written:
                through += len(outcomes)
                if on_progress:
                    on_progress(through, total)
        departure = settle_gone(plan, read, prune=prune)
        report.moved, report.removed = departure.moved, departure.removed
        report.kept_gone = departure.kept
        report.new -= departure.moved
        kept_by_others = self._forget(departure.forgotten, seen_at)
        report.removed = max(0, report.removed - len(kept_by_others))
        if count := len(superseded | kept_by_others):
            report.notes.append(superseded_note(count))
        self._index.settle()
        if report.new + report.changed >= BULK_DOCUMENTS:
            self._index.optimize()
        return report

    def _write(self, outcomes: Sequence[Outcome]) -> WriteResult:
        """Write what became of some files."""
        told = [outcome for outcome in outcomes if _is_told(outcome)]
        if not told:
            return WriteResult()
        # A file whose new content is no picture must not be found by what it used to be.
        unfit = (outcome for outcome in told if outcome.document is None)
        batch = WriteBatch(
            source=self._source,
            documents=[outcome.document for outcome in told if outcome.document],
            deleted_ids={
                document_id(self._source, outcome.file.relative): outcome.revision
                for outcome in unfit
            },
            entries=[_entry(outcome) for outcome in told],
        )
        return self._index.write(batch)

    def _forget(self, gone: Sequence[ManifestEntry], seen_at: int) -> set[str]:
        """Forget entries with their documents; the ids of those that are still there."""
        # What was written after `seen_at` is another run's, but nothing was written after now.
        now = revision_now()
        superseded: set[str] = set()
        for start in range(0, len(gone), BATCH_DOCUMENTS):
            revisions = {
                entry: seen_at if entry.revision <= now else entry.revision + 1
                for entry in gone[start : start + BATCH_DOCUMENTS]
            }
            result = self._index.write(
                WriteBatch(
                    source=self._source,
                    deleted_ids={
                        entry.document_id: revision
                        for entry, revision in revisions.items()
                        if entry.document_id
                    },
                    forgotten_paths={entry.path: revision for entry, revision in revisions.items()},
                )
            )
            superseded.update(result.superseded)
        return superseded


def preview(plan: Plan, source: str, *, prune: bool = False) -> IndexReport:
    """What `SourceIndexer.run` would do. Files are hashed only where some may have moved."""
    read: Counter[str] = Counter()
    if plan.gone:
        for task in plan.tasks:
            read[hash_file(task.file)] += task.is_new
    departure = settle_gone(plan, read, prune=prune)
    new = sum(task.is_new for task in plan.tasks)
    return IndexReport(
        source,
        dry_run=True,
        new=new - departure.moved,
        changed=len(plan.tasks) - new,
        moved=departure.moved,
        unchanged=plan.unchanged,
        removed=departure.removed,
        kept_gone=departure.kept,
    )


def _is_told(outcome: Outcome) -> bool:
    """Whether the manifest is told of it: not where there is nothing new to tell."""
    if outcome.document is None and not outcome.problem:
        return False
    # What cannot be read today, or lacks an extra, may be readable tomorrow: what is known stays.
    return bool(outcome.sha256) or outcome.is_new


def _entry(outcome: Outcome) -> ManifestEntry:
    file = outcome.file
    return ManifestEntry(
        path=file.relative,
        size=file.size,
        mtime_ns=file.mtime_ns,
        sha256=outcome.sha256,
        annotation=outcome.annotation,
        document_id=outcome.document.id if outcome.document else "",
        problem=outcome.problem,
        revision=outcome.revision,
    )


def _count(report: IndexReport, outcome: Outcome, result: WriteResult) -> bool:
    """Tell of one file; whether its document is in the index."""
    path = display_path(outcome.file.relative)
    document = outcome.document
    problem = outcome.problem or (result.rejected.get(document.id, "") if document else "")
    if problem:
        report.skipped.append(Skipped(path, problem))
        return False
    if document is None:
        report.vanished.append(path)
        return False
    if document.id in result.superseded:
        return False
    if outcome.is_new:
        report.new += 1
    else:
        report.changed += 1
    return True
