"""What a run has to do: found files against the manifest. Pure functions of plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.sources import FoundFile

# When this share of the known photos is gone at once, a drive is more likely unmounted than
# emptied, and nothing is removed unless the user says so.
GONE_SHARE_THAT_LOOKS_UNMOUNTED = 1 / 5


@dataclass(frozen=True, slots=True)
class Task:
    """A file that has to be read.

    Attributes:
        annotation: what is said of it elsewhere, as the manifest keeps it.
        is_new: whether the index has no document of it, as far as the manifest knows.
        known_revision: of what the manifest knows of it (`ManifestEntry.revision`).
    """

    file: FoundFile
    annotation: str
    is_new: bool
    known_revision: int = 0


@dataclass(frozen=True)
class Plan:
    """What is to be done with each file.

    Attributes:
        tasks: every file that has to be read, in the order of the paths: new ones, of which some
            may turn out to be moved, changed ones (size, time or annotation), and those that were
            skipped before.
        unchanged: how many files need nothing.
        gone: entries whose file is not there any more.
        hashes: sha256 of the known files that are still there, as they were read last.
        known: how many pictures the index had.
    """

    tasks: tuple[Task, ...]
    unchanged: int
    gone: tuple[ManifestEntry, ...]
    hashes: frozenset[str]
    known: int


@dataclass(frozen=True)
class Departure:
    """What becomes of the gone entries.

    Attributes:
        forgotten: entries to forget, with their documents.
        moved: how many pictures among them are at a new place now.
        removed: how many other pictures among them.
        kept: how many pictures stay, because so many were gone at once.
    """

    forgotten: tuple[ManifestEntry, ...]
    moved: int
    removed: int
    kept: int


def make_plan(
    found: Iterable[FoundFile],
    annotations: Mapping[bytes, str],
    manifest: Mapping[bytes, ManifestEntry],
    again: Collection[bytes] = (),
) -> Plan:
    """Compare what is there with what is known.

    Args:
        found: the files of the source.
        annotations: relative path -> what is said of the file elsewhere (captions, sidecars);
            files without an entry have nothing said of them.
        manifest: relative path -> what was recorded last.
        again: relative paths that are to be read although the manifest knows them as they are.
    """
    tasks: list[Task] = []
    unchanged = 0
    seen: set[bytes] = set()
    for file in sorted(found, key=lambda file: file.relative):
        seen.add(file.relative)
        entry = manifest.get(file.relative)
        annotation = annotations.get(file.relative, "")
        current = entry is not None and _is_current(file, annotation, entry)
        if current and file.relative not in again:
            unchanged += 1
        else:
            is_new = entry is None or (entry.pending and not entry.replaces)
            known_revision = 0 if entry is None else entry.revision
            tasks.append(Task(file, annotation, is_new, known_revision))
    return Plan(
        tasks=tuple(tasks),
        unchanged=unchanged,
        gone=tuple(entry for path, entry in sorted(manifest.items()) if path not in seen),
        hashes=frozenset(manifest[path].sha256 for path in seen & manifest.keys()),
        known=sum(has_picture(entry) for entry in manifest.values()),
    )


def settle_gone(plan: Plan, read: Counter[str], *, prune: bool = False) -> Departure:
    """Decide what becomes of the gone entries.

    What is still there under another path can be forgotten without risk, and so can a file that
    was skipped, which has no document. The rest is kept where it looks like an unmounted drive.

    Args:
        read: sha256 of each file that was read -> how many new pictures have it (0: a changed or
            skipped file).
        prune: forget what is gone, however much that is.
    """
    pictures = [entry for entry in plan.gone if has_picture(entry)]
    elsewhere, away = split_moved(pictures, plan.hashes | read.keys())
    moved = (Counter(entry.sha256 for entry in elsewhere) & read).total()
    is_kept = looks_unmounted(len(away), plan.known) and not prune
    kept = {entry.path for entry in away} if is_kept else set()
    return Departure(
        forgotten=tuple(entry for entry in plan.gone if entry.path not in kept),
        moved=moved,
        removed=len(pictures) - moved - len(kept),
        kept=len(kept),
    )


def split_moved(
    gone: Iterable[ManifestEntry], hashes: Collection[str]
) -> tuple[list[ManifestEntry], list[ManifestEntry]]:
    """Gone entries as (elsewhere, away): elsewhere where the content is one of ``hashes``."""
    elsewhere: list[ManifestEntry] = []
    away: list[ManifestEntry] = []
    for entry in gone:
        (elsewhere if entry.sha256 and entry.sha256 in hashes else away).append(entry)
    return elsewhere, away


def looks_unmounted(removed: int, known: int) -> bool:
    """Whether so many photos are gone at once that removing them needs the user's word."""
    return removed > 0 and removed >= known * GONE_SHARE_THAT_LOOKS_UNMOUNTED


def is_indexed(entry: ManifestEntry) -> bool:
    """Whether the index holds the entry's picture, as far as is known."""
    return not entry.problem and not entry.pending


def has_picture(entry: ManifestEntry) -> bool:
    """Whether the index holds a picture of the entry's file, if only an earlier one."""
    return is_indexed(entry) or entry.replaces


def _is_current(file: FoundFile, annotation: str, entry: ManifestEntry) -> bool:
    # A skipped file is tried again every time: its permissions, or an extra that was missing,
    # may have changed without a trace in size and time.
    return (
        is_indexed(entry)
        and entry.size == file.size
        and entry.mtime_ns == file.mtime_ns
        and entry.annotation == annotation
    )
