"""The manifest inside the documents: what a lost local manifest is found out again from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from lsr_opensearch.engines.port import ManifestEntry


def manifest_field(entry: ManifestEntry) -> dict[str, Any]:
    """What a document keeps of its manifest entry, beside its id."""
    return {
        "path": quote_from_bytes(entry.path, safe="/ "),
        "size": entry.size,
        "mtime_ns": entry.mtime_ns,
        "sha256": entry.sha256,
        "annotation": entry.annotation,
    }


def entry_from(document_id: str, manifest: Mapping[str, Any]) -> ManifestEntry:
    """The entry that a stored document was written with."""
    return ManifestEntry(
        path=unquote_to_bytes(manifest["path"]),
        size=manifest["size"],
        mtime_ns=manifest["mtime_ns"],
        sha256=manifest["sha256"],
        annotation=manifest["annotation"],
        document_id=document_id,
    )


def stored_entry(hit: Mapping[str, Any]) -> ManifestEntry | None:
    """The entry of a hit of `scanning.scan`; None where another program wrote the document."""
    try:
        entry = entry_from(hit["_id"], hit["_source"]["manifest"])
        return replace(entry, revision=hit["_version"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
