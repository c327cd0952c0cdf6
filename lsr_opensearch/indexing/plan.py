"""What a run has to do: found files against the manifest. Pure functions of plain data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.sources import FoundFile

# When this share of the known photos is gone at once, a drive is more likely unmounted than
# emptied, and nothing is removed unless the user says so.
GONE_SHARE_THAT_LOOKS_UNMOUNTED = 1 / 5


@dataclass(frozen=True)
class Plan:
    """What is to be done with each file.

    Attributes:
        new: files that the manifest does not know; some of them may turn out to be moved.
        changed: files whose size, time or annotation differ, and those that were skipped before.
        unchanged: how many files need nothing.
        gone: entries whose file is not there any more.
        known: how many entries the manifest had.
    """

    new: tuple[FoundFile, ...]
    changed: tuple[FoundFile, ...]
    unchanged: int
    gone: tuple[ManifestEntry, ...]
    known: int

    @property
    def to_read(self) -> tuple[FoundFile, ...]:
        """Every file that has to be read, in the order of the paths."""
        return tuple(sorted(self.new + self.changed, key=lambda file: file.relative))


def make_plan(
    found: Iterable[FoundFile],
    annotations: Mapping[bytes, str],
    manifest: Mapping[bytes, ManifestEntry],
) -> Plan:
    """Compare what is there with what is known.

    Args:
        found: the files of the source.
        annotations: relative path -> what is said of the file elsewhere (captions, sidecars);
            files without an entry have nothing said of them.
        manifest: relative path -> what was recorded last.
    """
    new, changed, unchanged = [], [], 0
    seen: set[bytes] = set()
    for file in found:
        seen.add(file.relative)
        entry = manifest.get(file.relative)
        if entry is None:
            new.append(file)
        elif _is_current(file, annotations.get(file.relative, ""), entry):
            unchanged += 1
        else:
            changed.append(file)
    gone = tuple(entry for path, entry in sorted(manifest.items()) if path not in seen)
    return Plan(tuple(new), tuple(changed), unchanged, gone, len(manifest))


def split_moved(
    gone: Iterable[ManifestEntry], new_hashes: Collection[str]
) -> tuple[list[ManifestEntry], list[ManifestEntry]]:
    """Gone entries as (moved, removed): moved where a new file has the same content."""
    moved: list[ManifestEntry] = []
    removed: list[ManifestEntry] = []
    for entry in gone:
        (moved if entry.sha256 and entry.sha256 in new_hashes else removed).append(entry)
    return moved, removed


def looks_unmounted(removed: int, known: int) -> bool:
    """Whether so many photos are gone at once that removing them needs the user's word."""
    return removed > 0 and removed >= known * GONE_SHARE_THAT_LOOKS_UNMOUNTED


def _is_current(file: FoundFile, annotation: str, entry: ManifestEntry) -> bool:
    # A skipped file is tried again every time: its permissions, or an extra that was missing,
    # may have changed without a trace in size and time.
    return (
        not entry.problem
        and entry.size == file.size
        and entry.mtime_ns == file.mtime_ns
        and entry.annotation == annotation
    )
