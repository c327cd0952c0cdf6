"""Do the folder, the manifest and the index agree? A comparison of what each one says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lsr_opensearch.engines.port import ManifestEntry, StoredDocument
from lsr_opensearch.indexing.annotations import parse_annotation
from lsr_opensearch.indexing.captions import sidecar_stamp
from lsr_opensearch.indexing.sources import (
    FoundFile,
    SkippedFile,
    display_path,
    document_id,
    hidden_by,
)


@dataclass(frozen=True)
class Agreement:
    """Where folder, manifest and index differ, as displayed paths (ids where there is no path).

    Attributes:
        source: the name of the source; empty for documents that are of none.
        not_indexed: files that the manifest does not know.
        out_of_date: files that differ from what was indexed, or whose sidecar does.
        gone: entries without a file.
        pending: files that were sent, without an answer: nobody knows whether they arrived.
        lost: entries whose document the index does not have.
        differs: entries whose document was made from something else than the entry says, or was
            changed afterwards.
        words_differ: documents that are as they were written but for their words, which are gone
            or others.
        stray: documents of the source that no entry speaks of, nor a file that is not indexed.
        unbound: how many documents say that they are of a source that is not registered.
        skipped: files that were given up, and files and folders that cannot be looked at, with
            the reason.
        elsewhere: the machine that the folder is on, where it is not this one: nothing is said of
            its files.
        unreachable: why the folder could not be looked at; empty where it could.
        again: the paths of what is lost or differs, words too: the manifest alone does not show
            it. Each with the revision that the index has of it; 0 where it has none.
    """

    source: str
    not_indexed: list[str] = field(default_factory=list)
    out_of_date: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    words_differ: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    unbound: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    elsewhere: str = ""
    unreachable: str = ""
    again: dict[bytes, int] = field(default_factory=dict, repr=False)

    @property
    def needs_files(self) -> bool:
        """Whether something differs that is mended by looking at the files."""
        return any(
            (
                self.not_indexed,
                self.out_of_date,
                self.gone,
                self.pending,
                self.lost,
                self.differs,
                self.words_differ,
            )
        )

    @property
    def agrees(self) -> bool:
        """Whether nothing differs; skipped files differ from nothing."""
        return not (self.needs_files or self.unreachable or self.stray or self.unbound)

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os verify --json`` prints."""
        shown = asdict(self)
        del shown["again"]
        return shown | {"agrees": self.agrees}


def compare(
    source: str,
    found: Iterable[FoundFile | SkippedFile] | None,
    manifest: Mapping[bytes, ManifestEntry],
    stored: Iterable[StoredDocument],
    *,
    elsewhere: str = "",
    unreachable: str = "",
) -> Agreement:
    """Compare the three. Of the file system, only the stamps of sidecars are read.

    Args:
        found: the files of the source, and what could not be looked at: nothing in there is gone.
            None where there is no folder to look at (items, ``elsewhere``, ``unreachable``).
        manifest: relative path -> entry.
        stored: the source's documents in the index.
    """
    result = Agreement(source, elsewhere=elsewhere, unreachable=unreachable)
    unknown = set() if found is None else _compare_files(found, manifest, result)
    unspoken = _compare_documents(stored, manifest, result)
    if found is not None:
        # Whoever indexes a file just now has its document written after the manifest was read.
        arriving = {document_id(source, path) for path in unknown} if unspoken else set()
        result.stray.extend(each.id for each in unspoken if each.id not in arriving)
    else:
        result.words_differ.extend(each.id for each in unspoken if not each.has_its_terms)
    return result


def _compare_documents(
    stored: Iterable[StoredDocument], manifest: Mapping[bytes, ManifestEntry], result: Agreement
) -> list[StoredDocument]:
    """Compare manifest and index; the documents that no entry speaks of."""
    entries = {entry.document_id: entry for entry in manifest.values() if entry.document_id}
    seen: dict[str, int] = {}
    unspoken = []
    # Id -> what it is listed under.
    different: dict[str, list[str]] = {}
    for document in stored:
        seen[document.id] = document.entry.revision if document.entry else 0
        entry = entries.get(document.id)
        if entry is None:
            unspoken.append(document)
        elif document.entry != entry or document.entry.revision != entry.revision:
            different[document.id] = result.differs
        elif not document.has_its_terms:
            different[document.id] = result.words_differ
    for path, entry in sorted(manifest.items()):
        shown = display_path(path)
        if entry.problem:
            result.skipped[shown] = entry.problem
        elif entry.pending:
            result.pending.append(shown)
        elif entry.document_id not in seen:
            result.lost.append(shown)
            result.again[path] = 0
        elif entry.document_id in different:
            different[entry.document_id].append(shown)
            result.again[path] = seen[entry.document_id]
    return unspoken


def _compare_files(
    found: Iterable[FoundFile | SkippedFile],
    manifest: Mapping[bytes, ManifestEntry],
    result: Agreement,
) -> set[bytes]:
    """Compare folder and manifest; the files that the manifest does not know."""
    unknown: set[bytes] = set()
    seen: set[bytes] = set()
    skipped: list[SkippedFile] = []
    for thing in found:
        shown = display_path(thing.relative)
        if isinstance(thing, SkippedFile):
            skipped.append(thing)
            result.skipped[shown] = thing.reason
            continue
        seen.add(thing.relative)
        entry = manifest.get(thing.relative)
        if entry is None:
            result.not_indexed.append(shown)
            unknown.add(thing.relative)
        elif not entry.pending and not _is_up_to_date(thing, entry):
            result.out_of_date.append(shown)
    is_hidden = hidden_by(skipped)
    result.gone.extend(
        display_path(path) for path in sorted(manifest) if path not in seen and not is_hidden(path)
    )
    return unknown


def _is_up_to_date(file: FoundFile, entry: ManifestEntry) -> bool:
    return (entry.size, entry.mtime_ns) == (file.size, file.mtime_ns) and (
        parse_annotation(entry.annotation).sidecar == sidecar_stamp(file.path)
    )
