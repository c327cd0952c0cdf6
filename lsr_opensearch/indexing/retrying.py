"""Pictures that were given up, tried again: documents are sent again, files are read again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index, ManifestEntry, SourceBinding, WriteBatch
from lsr_opensearch.indexing.dead_letters import DeadLetter
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped
from lsr_opensearch.indexing.scope import file_scopes, root_path
from lsr_opensearch.indexing.sources import display_path
from lsr_opensearch.indexing.sync import SyncOptions, sync

_BATCH = 256


def retry(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    letters: Sequence[DeadLetter],
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> list[IndexReport]:
    """One report a source, of the letters alone.

    Raises:
        IndexFileError: the index does not exist.
        ClusterError: the cluster does not take anything now.
    """
    if index.schema() is None:
        raise missing_index(index)
    bindings = {binding.name: binding for binding in index.sources()}
    reports = []
    for source in dict.fromkeys(letter.source for letter in letters):
        own = [letter for letter in letters if letter.source == source]
        binding = bindings.get(source)
        if binding is None:
            reason = "its source is not in the index any more: index its folder again."
            report = IndexReport(source, skipped=[Skipped(each.path, reason) for each in own])
        else:
            report = _retry_source(index, encoder, cache, binding, own, workers, on_progress)
        reports.append(report)
    return reports


def _retry_source(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    binding: SourceBinding,
    letters: Sequence[DeadLetter],
    workers: int | None,
    on_progress: Progress | None,
) -> IndexReport:
    manifest = index.manifest(binding.name)
    report = IndexReport(binding.name)
    _send_again(index, binding.name, manifest, letters, report)
    paths = {display_path(path): path for path in manifest}
    files = [
        paths[letter.path] for letter in letters if not letter.document and letter.path in paths
    ]
    # Of items nothing is kept here: neither a path nor what was to be written.
    reason = (
        "it is not known any more: index its folder."
        if binding.root
        else "it is of no folder: whoever added it has to add it again."
    )
    report.skipped += [
        Skipped(letter.path, reason)
        for letter in letters
        if letter.document is None and letter.path not in paths
    ]
    if files:
        root = root_path(binding)
        absolute = [os.path.join(root, path) for path in files]
        for scope in file_scopes(absolute, None, index.sources(), index.host):
            read = sync(index, encoder, cache, scope, SyncOptions(workers=workers), on_progress)
            report.new += read.new
            report.changed += read.changed
            report.unchanged += read.unchanged
            report.skipped += read.skipped
            report.notes += read.notes
    return report


def _send_again(
    index: Index,
    source: str,
    manifest: dict[bytes, ManifestEntry],
    letters: Sequence[DeadLetter],
    report: IndexReport,
) -> None:
    # Those of a retry that was killed are pending. What is pending of a later reading stays so.
    entries = {
        entry.document_id: replace(entry, problem="", pending=False, replaces=False)
        for entry in manifest.values()
        if entry.problem or entry.pending
    }
    held = [letter for letter in letters if letter.document is not None]
    for start in range(0, len(held), _BATCH):
        part = held[start : start + _BATCH]
        documents = [letter.document for letter in part if letter.document is not None]
        result = index.write(
            WriteBatch(
                source,
                documents,
                entries=[entries[document.id] for document in documents if document.id in entries],
            )
        )
        for letter in part:
            key = letter.document.id if letter.document else ""
            if key in result.rejected:
                report.skipped.append(Skipped(letter.path, result.rejected[key]))
            elif key in result.superseded:
                report.notes.append(f"{letter.path}: the index has a later document of it.")
            else:
                report.new += 1
    if held:
        index.settle()
