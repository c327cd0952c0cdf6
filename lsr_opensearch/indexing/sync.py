"""Bring one scope of an index up to date: captions, plan, run, and what to tell about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Index, ManifestEntry
from lsr_opensearch.indexing.annotations import Annotation, parse_annotation
from lsr_opensearch.indexing.captions import CaptionTable, sidecar_stamp
from lsr_opensearch.indexing.documents import schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.pipeline import SourceIndexer, preview
from lsr_opensearch.indexing.plan import make_plan
from lsr_opensearch.indexing.reading import FileEncoder
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped
from lsr_opensearch.indexing.scope import Scope
from lsr_opensearch.indexing.sources import display_path


@dataclass(frozen=True)
class SyncOptions:
    """How a run is done.

    Attributes:
        tables: caption tables; earlier ones come first where several speak of a file.
        drop_captions: forget what earlier tables said of the files.
        prune: remove what is gone, however much that is.
        dry_run: change nothing, only tell.
        workers: pictures encoded at once; the usable cores by default.
    """

    tables: Sequence[CaptionTable] = ()
    drop_captions: bool = False
    prune: bool = False
    dry_run: bool = False
    workers: int | None = None


def sync(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    scope: Scope,
    options: SyncOptions,
    on_progress: Progress | None = None,
) -> IndexReport:
    """Bring ``scope`` up to date in ``index``, which is created where it does not exist.

    Raises:
        SpaceMismatchError: the index was built with another model.
        SourceError: the source's name stands for another folder.
        StorageFullError, IndexBusyError, IndexFileError: the index cannot be written.
    """
    exists = index.schema() is not None
    manifest = index.manifest(scope.binding.name) if exists else {}
    covered = scope.covered(manifest)
    options = replace(options, tables=_for_files(options.tables, scope))
    annotations = _annotations(scope, covered, options)
    plan = make_plan(scope.found, annotations, covered)
    if options.dry_run:
        report = preview(plan, scope.binding.name, prune=options.prune)
    else:
        schema = schema_for(encoder)
        index.create(schema)
        index.bind_source(scope.binding)
        name = scope.binding.name
        files = FileEncoder(name, schema, encoder, cache, annotations)
        report = SourceIndexer(index, name, files, annotations).run(
            plan, prune=options.prune, workers=options.workers, on_progress=on_progress
        )
    report.skipped[:0] = [
        Skipped(display_path(item.relative), item.reason) for item in scope.unreadable
    ]
    report.notes.extend(_caption_notes(scope, options.tables))
    return report


def _for_files(tables: Sequence[CaptionTable], scope: Scope) -> list[CaptionTable]:
    paths = [file.relative for file in scope.found]
    return [table.for_files(paths) for table in tables]


def _annotations(
    scope: Scope, manifest: Mapping[bytes, ManifestEntry], options: SyncOptions
) -> dict[bytes, str]:
    """Relative path -> what is said of the file, for the files of which something is said."""
    annotations = {}
    for file in scope.found:
        said = _said_in_tables(file.relative, options.tables)
        if said is None and not options.drop_captions and file.relative in manifest:
            said = parse_annotation(manifest[file.relative].annotation)
        text = replace(said or Annotation(), sidecar=sidecar_stamp(file.path)).as_text()
        if text:
            annotations[file.relative] = text
    return annotations


def _said_in_tables(relative: bytes, tables: Sequence[CaptionTable]) -> Annotation | None:
    rows = [row for table in tables if (row := table.find(relative)) is not None]
    if not rows:
        return None
    captions = dict.fromkeys(caption for row in rows for caption in row.captions)
    extra = {name: value for row in reversed(rows) for name, value in row.extra.items()}
    return Annotation(tuple(captions), extra)


def _caption_notes(scope: Scope, tables: Sequence[CaptionTable]) -> list[str]:
    notes: list[str] = []
    paths = [file.relative for file in scope.found]
    for table in tables:
        notes.extend(f"{table.path}: {problem}" for problem in table.problems)
        unused = [display_path(path) for path in table.unused(paths)]
        if unused:
            more = f" and {len(unused) - 3:,} more" if len(unused) > 3 else ""
            notes.append(
                f"{table.path}: rows for files that are not there: {', '.join(unused[:3])}{more}. "
                "Names are relative to the indexed folder."
            )
    return notes
