"""Counts and sizes of an index."""

from __future__ import annotations

import sqlite3

from lsr_opensearch.engines.embedded.search.coverage import Coverage
from lsr_opensearch.engines.embedded.search.view import View
from lsr_opensearch.engines.port import IndexStatus


def read_status(connection: sqlite3.Connection, view: View, bytes_on_disk: int) -> IndexStatus:
    """What a view holds, and how its file is used."""
    tail = len(view.tail.numbers)
    dead = sum(len(part.dead) for part in view.parts)
    (free_pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return IndexStatus(
        documents=sum(len(part.numbers) for part in view.parts) - dead + tail,
        terms=len(Coverage(connection, view).all_terms()),
        bytes_on_disk=bytes_on_disk,
        store={
            "segments": len(view.parts),
            "tail_documents": tail,
            "dead_documents": dead,
            "free_bytes": free_pages * page_size,
        },
    )
