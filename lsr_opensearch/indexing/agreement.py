"""Do the folder, the manifest and the index agree? A comparison of what each one says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.annotations import parse_annotation
from lsr_opensearch.indexing.captions import sidecar_stamp
from lsr_opensearch.indexing.sources import FoundFile, SkippedFile, display_path, hidden_by


@dataclass(frozen=True)
class Agreement:
    """Where folder, manifest and index differ, as displayed paths (ids where there is no path).

    Attributes:
        source: the name of the source.
        not_indexed: files that the manifest does not know.
        out_of_date: files that differ from what was indexed, or whose sidecar does.
        gone: entries without a file.
        lost: entries whose document the index does not have.
        stray: documents of the source that no entry speaks of.
        skipped: files that were given up, and files and folders that cannot be looked at, with
            the reason.
        unreachable: why the folder could not be looked at; empty where it could.
    """

    source: str
    not_indexed: list[str] = field(default_factory=list)
    out_of_date: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unreachable: str = ""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs; skipped files differ from nothing."""
        return not any(
            (
                self.unreachable,
                self.not_indexed,
                self.out_of_date,
                self.gone,
                self.lost,
                self.stray,
            )
        )

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os verify --json`` prints."""
        return asdict(self) | {"agrees": self.agrees}


def compare(
    source: str,
    found: Iterable[FoundFile | SkippedFile] | None,
    manifest: Mapping[bytes, ManifestEntry],
    document_ids: Collection[str],
    unreachable: str = "",
) -> Agreement:
    """Compare the three. Of the file system, only the stamps of sidecars are read.

    Args:
        found: the files of the source, and what could not be looked at: nothing in there is gone.
            None where there is no folder to look at (items, or ``unreachable``).
        manifest: relative path -> entry.
        document_ids: the ids of the source's documents in the index.
    """
    result = Agreement(source, unreachable=unreachable)
    if found is not None:
        _compare_files(found, manifest, result)
        unspoken = set(document_ids) - {entry.document_id for entry in manifest.values()}
        result.stray.extend(sorted(unspoken))
    for path, entry in sorted(manifest.items()):
        if entry.problem:
            result.skipped[display_path(path)] = entry.problem
        elif entry.document_id not in document_ids:
            result.lost.append(display_path(path))
    return result


def _compare_files(
    found: Iterable[FoundFile | SkippedFile],
    manifest: Mapping[bytes, ManifestEntry],
    result: Agreement,
) -> None:
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
        elif not _is_up_to_date(thing, entry):
            result.out_of_date.append(shown)
    is_hidden = hidden_by(skipped)
    result.gone.extend(
        display_path(path) for path in sorted(manifest) if path not in seen and not is_hidden(path)
    )


def _is_up_to_date(file: FoundFile, entry: ManifestEntry) -> bool:
    return (entry.size, entry.mtime_ns) == (file.size, file.mtime_ns) and (
        parse_annotation(entry.annotation).sidecar == sidecar_stamp(file.path)
    )
