"""What of a source an index had, and the one that is to take its place has not, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.plan import is_indexed, split_moved
from lsr_opensearch.indexing.sources import display_path


@dataclass(frozen=True)
class Losses:
    """Pictures that a rebuilt index lacks, as displayed paths (ids where there is no path).

    Attributes:
        gone: their files are gone, and not elsewhere in the source.
        skipped: their files cannot be indexed any more; the new manifest has the reasons.
        hidden: they lie in what could not be looked at.
        unexplained: nothing says why.
    """

    gone: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def find_losses(
    earlier: Mapping[bytes, ManifestEntry],
    now: Mapping[bytes, ManifestEntry],
    missing: Iterable[str],
    found: Collection[bytes],
    is_hidden: Callable[[bytes], bool],
) -> Losses:
    """Sort what is missing by the reason.

    Args:
        earlier, now: the manifests of the old and the new index.
        missing: ids of documents that only the old one has.
        found: relative paths of the files that are there.
        is_hidden: whether a path lies in what could not be looked at.
    """
    losses = Losses()
    entries = {entry.document_id: entry for entry in earlier.values() if entry.document_id}
    hashes = {entry.sha256 for entry in now.values() if is_indexed(entry)}
    for key in missing:
        entry = entries.get(key)
        if entry is None:
            # No file is known for it: `lsr-os verify` calls it a stray.
            losses.gone.append(key)
        elif entry.path in now and now[entry.path].problem:
            losses.skipped.append(display_path(entry.path))
        elif entry.path in found:
            losses.unexplained.append(display_path(entry.path))
        elif is_hidden(entry.path):
            losses.hidden.append(display_path(entry.path))
        elif split_moved([entry], hashes)[1]:
            losses.gone.append(display_path(entry.path))
    return losses
