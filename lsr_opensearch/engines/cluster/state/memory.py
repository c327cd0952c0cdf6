"""Which index a name stood for: to notice one that was deleted or made anew behind our back."""

from __future__ import annotations

from lsr_opensearch.engines.cluster.state.file import StateFile


def remembered_uuid(file: StateFile, cluster: str, name: str) -> str:
    """The UUID that an index had when it was last written from here; empty where it never was."""
    with file.looking() as connection:
        row = connection.execute(
            "SELECT uuid FROM indexes WHERE cluster = ? AND name = ?", (cluster, name)
        ).fetchone()
    return "" if row is None else str(row[0])


def remember_uuid(file: StateFile, cluster: str, name: str, uuid: str) -> None:
    """From now on this is the index of that name; empty to forget it."""
    with file.transaction() as connection:
        if uuid:
            connection.execute(
                "INSERT OR REPLACE INTO indexes VALUES (?, ?, ?)", (cluster, name, uuid)
            )
        else:
            connection.execute(
                "DELETE FROM indexes WHERE cluster = ? AND name = ?", (cluster, name)
            )
