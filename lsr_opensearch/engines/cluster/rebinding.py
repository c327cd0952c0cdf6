"""Which folder a source stands for: found out from its documents where the registry does not know
any more, and never the folder of another source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from shlex import quote
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.manifest_field import stored_entry
from lsr_opensearch.engines.cluster.scanning import scan
from lsr_opensearch.engines.folders import SCHEME
from lsr_opensearch.engines.port import ManifestEntry, SourceBinding

_LOOKED_AT = 200


def found_here(connection: Connection, index: str, source: str, host: str) -> SourceBinding | None:
    """The binding of a source to this machine; None where its pictures are not here.

    Another machine may have a folder of the same name: one of the first documents must be of a
    file that is here, with the size and time that it was indexed with.
    """
    hits = scan(connection, index, source, ["uri", "manifest"])
    for hit in islice(hits, _LOOKED_AT):
        entry = stored_entry(hit)
        root = None if entry is None else _root(hit["_source"], entry)
        if entry is not None and root is not None and _is_here(root, entry):
            return SourceBinding(source, host, root)
    return None


def on_one_folder(bindings: Iterable[SourceBinding]) -> Iterator[tuple[str, str]]:
    """For each two sources that stand for the same folder: what is wrong, and what to do."""
    folders = [binding for binding in bindings if binding.root]
    for one, other in combinations(folders, 2):
        if (one.host, one.root) == (other.host, other.root):
            yield (
                f"The sources {one.name!r} and {other.name!r} stand for the same folder, "
                f"{one.root} on {one.host}: its pictures are indexed twice.",
                f"Keep one of them: lsr-os forget {quote(one.name)}, or lsr-os forget "
                f"{quote(other.name)}",
            )


def _root(document: dict[str, Any], entry: ManifestEntry) -> str | None:
    uri, below = document.get("uri"), "/" + quote_from_bytes(entry.path, safe="/")
    if isinstance(uri, str) and uri.startswith(SCHEME) and uri.endswith(below):
        return uri.removesuffix(below) or None
    return None


def _is_here(root: str, entry: ManifestEntry) -> bool:
    folder = unquote_to_bytes(root.removeprefix(SCHEME))
    try:
        status = os.stat(os.path.join(folder, entry.path))
    except (OSError, ValueError):
        return False
    return (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)
