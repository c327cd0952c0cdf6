"""Bring one scope of an index up to date: captions, plan, run, and what to tell about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lsr_opensearch.amounts import amount
from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Index, ManifestEntry
from lsr_opensearch.indexing.annotations import Annotation, parse_annotation
from lsr_opensearch.indexing.captions import CaptionTable, sidecar_stamp
from lsr_opensearch.indexing.counting import count_note, counts_differ
from lsr_opensearch.indexing.documents import schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.pipeline import SourceIndexer, preview
from lsr_opensearch.indexing.plan import Plan, make_plan
from lsr_opensearch.indexing.reading import FileEncoder
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped
from lsr_opensearch.indexing.scope import Scope, root_path
from lsr_opensearch.indexing.sources import display_path


@dataclass(frozen=True)
class SyncOptions:
    """How a run is done.

    Attributes:
        tables: caption tables; earlier ones come first where several speak of a file. With any,
            what the tables of earlier runs said of the covered files is replaced; without, kept.
        drop_captions: forget what the tables of earlier runs said of the files.
        prune: remove what is gone, however much that is.
        dry_run: change nothing, only tell.
        again: relative paths of files that are indexed again although nothing speaks for it, each
            with the revision that the index has of it.
        workers: pictures encoded at once; the usable cores by default.
        earlier: what an index has of the source whose place this one is to take: captions of
            earlier runs come from there.
    """

    tables: Sequence[CaptionTable] = ()
    drop_captions: bool = False
    prune: bool = False
    dry_run: bool = False
    again: Mapping[bytes, int] = field(default_factory=dict)
    workers: int | None = None
    earlier: Mapping[bytes, ManifestEntry] = field(default_factory=dict)


def sync(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    scope: Scope,
    options: SyncOptions,
    on_progress: Progress | None = None,
) -> IndexReport:
    """Bring ``scope`` up to date in ``index``, which is created where it does not exist.

    A source that is not known yet is bound when there is a picture in it.

    Raises:
        SpaceMismatchError: the index was built with another model.
        SourceError: the source's name stands for another folder.
        StorageFullError, IndexBusyError, IndexFileError: the index cannot be written.
    """
    name = scope.binding.name
    exists = index.schema() is not None
    is_known = exists and scope.binding in index.sources()
    manifest = index.manifest(name, keep=not options.dry_run) if is_known else {}
    is_suspect = is_known and counts_differ(manifest, index.source_counts().get(name, 0))
    covered = scope.covered(manifest)
    covered |= {
        path: replace(covered[path], revision=max(covered[path].revision, revision))
        for path, revision in options.again.items()
        if path in covered
    }
    options = replace(options, tables=_for_files(options.tables, scope))
    annotations = _annotations(scope, covered, options)
    plan = make_plan(scope.found, annotations, covered, options.again)
    if options.dry_run:
        report = preview(plan, name, prune=options.prune)
    elif scope.found or is_known:
        schema = schema_for(encoder)
        index.create(schema)
        index.bind_source(scope.binding)
        said = _said_of_gone(plan, scope, options, manifest)
        files = FileEncoder(name, schema, encoder, cache, said)
        report = SourceIndexer(index, name, files).run(
            plan,
            seen_at=scope.seen_at,
            prune=options.prune,
            workers=options.workers,
            on_progress=on_progress,
        )
    else:
        report = IndexReport(name)
    report.skipped[:0] = [
        Skipped(display_path(item.relative), item.reason) for item in scope.unreadable
    ]
    report.notes.extend(scope.notes)
    report.notes.extend(_caption_notes(scope, options.tables))
    if options.tables:
        report.notes.extend(_replaced_note(scope, covered, annotations))
    # The run itself may have mended it.
    if is_suspect and (differing := count_note(index, name, keep=not options.dry_run)):
        report.notes.append(differing)
    return report


def _for_files(tables: Sequence[CaptionTable], scope: Scope) -> list[CaptionTable]:
    paths = [file.relative for file in scope.found]
    return [table.for_files(paths, scope.prefix or b"") for table in tables]


def _annotations(
    scope: Scope, covered: Mapping[bytes, ManifestEntry], options: SyncOptions
) -> dict[bytes, str]:
    """Relative path -> what is said of the file, for the files of which something is said."""
    annotations = {}
    for file in scope.found:
        said = _said_in_tables(file.relative, options.tables)
        known = options.earlier.get(file.relative) or covered.get(file.relative)
        if _keeps_captions(options) and known is not None:
            said = parse_annotation(known.annotation)
        text = replace(said, sidecar=sidecar_stamp(file.path)).as_text()
        if text:
            annotations[file.relative] = text
    return annotations


def _keeps_captions(options: SyncOptions) -> bool:
    """Whether what the tables of earlier runs said stays."""
    return not options.tables and not options.drop_captions


def _said_in_tables(relative: bytes, tables: Sequence[CaptionTable]) -> Annotation:
    rows = [row for table in tables if (row := table.find(relative)) is not None]
    captions = dict.fromkeys(caption for row in rows for caption in row.captions)
    extra = {name: value for row in reversed(rows) for name, value in row.extra.items()}
    return Annotation(tuple(captions), extra)


def _said_of_gone(
    plan: Plan, scope: Scope, options: SyncOptions, manifest: Mapping[bytes, ManifestEntry]
) -> dict[str, Annotation]:
    """sha256 -> what earlier tables said of a gone file: captions move with their picture."""
    if not _keeps_captions(options):
        return {}
    gone = [
        *_gone_outside(plan, scope, manifest),
        *plan.gone,
        *_gone_earlier(scope, options.earlier),
    ]
    earlier = ((entry.sha256, parse_annotation(entry.annotation)) for entry in gone)
    return {sha256: said for sha256, said in earlier if sha256 and (said.captions or said.extra)}


def _gone_outside(
    plan: Plan, scope: Scope, manifest: Mapping[bytes, ManifestEntry]
) -> Iterator[ManifestEntry]:
    """Gone files that the run does not cover, as far as one of its new files may be one of them.

    They stay in the manifest, for a run that covers them.
    """
    sizes = {task.file.size for task in plan.tasks if task.is_new}
    covered = scope.covered(manifest)
    root = root_path(scope.binding)
    for path, entry in manifest.items():
        may_have_moved = entry.annotation and entry.size in sizes and path not in covered
        if may_have_moved and _is_gone(os.path.join(root, path)):
            yield entry


def _is_gone(path: bytes) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # It may be there all the same.
        return False
    return False


def _gone_earlier(scope: Scope, earlier: Mapping[bytes, ManifestEntry]) -> Iterator[ManifestEntry]:
    """Of what another index has: the files that are gone, and have no copy that is still there.

    In an index that begins empty such a copy is new, and yet it has captions of its own.
    """
    there = {file.relative for file in scope.found}
    copied = {entry.sha256 for path, entry in earlier.items() if path in there}
    for path, entry in earlier.items():
        if path not in there and entry.sha256 not in copied:
            yield entry


def _caption_notes(scope: Scope, tables: Sequence[CaptionTable]) -> list[str]:
    notes: list[str] = []
    paths = [file.relative for file in scope.found]
    for table in tables:
        notes.extend(f"{table.path}: {problem}" for problem in table.problems)
        # A table may well speak of more than the single files that were named.
        unused = table.unused(paths) if scope.prefix is not None else ()
        if unused:
            shown = ", ".join(display_path(path) for path in unused[:3])
            more = f" and {len(unused) - 3:,} more" if len(unused) > 3 else ""
            notes.append(
                f"{table.path}: rows for files that are not there: {shown}{more}. "
                "Names are relative to the indexed folder."
            )
    return notes


def _replaced_note(
    scope: Scope, covered: Mapping[bytes, ManifestEntry], annotations: Mapping[bytes, str]
) -> list[str]:
    """A note where pictures lose captions that the tables of earlier runs gave them."""
    count = sum(
        _loses_captions(covered[file.relative].annotation, annotations.get(file.relative, ""))
        for file in scope.found
        if file.relative in covered
    )
    pictures = amount(count, "picture")
    return [f"{pictures} had captions from an earlier table, which are replaced."] if count else []


def _loses_captions(before: str, now: str) -> bool:
    earlier, later = parse_annotation(before), parse_annotation(now)
    return not (
        set(earlier.captions) <= set(later.captions)
        and earlier.extra.items() <= later.extra.items()
    )
