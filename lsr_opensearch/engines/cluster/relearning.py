"""What this machine remembers of a source, brought up to what the index knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.manifest_field import stored_entry
from lsr_opensearch.engines.cluster.scanning import scan
from lsr_opensearch.engines.cluster.state.manifests import Manifests, Record
from lsr_opensearch.engines.port import ManifestEntry


def scanned(connection: Connection, index: str, source: str) -> Iterator[Record]:
    """The entries that the documents of a source were written with."""
    for hit in scan(connection, index, source, ["manifest"]):
        entry = stored_entry(hit)
        if entry is not None:
            yield Record(entry, hit["_version"])


def relearn(connection: Connection, index: str, manifests: Manifests, source: str) -> Iterator[str]:
    """Of each file, keep what was written last, by us or by others; what was learnt, a sentence."""
    kept = manifests.read(source)
    found = scanned(connection, index, source)
    if kept is None:
        records = list(found)
        manifests.replace(source, records)
        if records:
            yield (
                f"The record of {source!r} on this machine was lost; it was found out from the "
                f"index: {amount(len(records), 'picture')}."
            )
        return
    others = [record for record in found if _may_be_later(record.entry, kept)]
    manifests.record(source, others, {})
    now = manifests.read(source) or {}
    learnt = sum(now.get(record.entry.path) == record.entry for record in others)
    if learnt:
        yield f"Noted from the index: {amount(learnt, 'picture')} of {source!r}."


def _may_be_later(entry: ManifestEntry, kept: Mapping[bytes, ManifestEntry]) -> bool:
    """Whether a document is not the one that is known; one under an id that no file of ours has
    is nothing to learn from."""
    known = kept.get(entry.path)
    return known is None or (known != entry and known.document_id in ("", entry.document_id))
