"""Does an index have as many documents of a source as the manifest says? Cheap enough for every
run; which ones differ, `verifying` finds out."""

from __future__ import annotations

from collections.abc import Mapping

from lsr_opensearch.engines.port import Index, ManifestEntry
from lsr_opensearch.indexing.plan import is_indexed


def counts_differ(manifest: Mapping[bytes, ManifestEntry], documents: int) -> bool:
    """Whether a number of documents cannot be that of a manifest.

    What is pending may have arrived, and what was rejected may have an earlier document.
    """
    indexed = sum(map(is_indexed, manifest.values()))
    unsure = sum(not is_indexed(entry) and bool(entry.document_id) for entry in manifest.values())
    return not indexed <= documents <= indexed + unsure


def count_note(index: Index, source: str, *, keep: bool = True) -> str:
    """What to tell where index and manifest differ in number; empty where they do not.

    Args:
        keep: see `Index.manifest`.
    """
    manifest = index.manifest(source, keep=keep)
    documents = index.source_counts().get(source, 0)
    if not counts_differ(manifest, documents):
        return ""
    indexed = sum(map(is_indexed, manifest.values()))
    return (
        f"The index has {documents:,} documents of {source!r}, and {indexed:,} were written: "
        "somebody else has changed it. Mend it with: lsr-os verify --repair"
    )
