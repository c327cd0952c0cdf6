"""Checks of an index file and of the disk that it lies on."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.embedded.index import EmbeddedIndex
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.engines.surroundings import room

# Up to as many are read whole, which takes some seconds.
_QUICKLY_READ = 50_000


def examine(index: EmbeddedIndex) -> Iterator[Finding]:
    """What is found of the file; nothing is changed.

    Raises:
        IndexFileError, IndexBusyError: the file cannot be read.
    """
    if index.schema() is None:
        yield Finding(
            "index file",
            "note",
            f"There is no index {index.name!r} in {index.url} yet.",
            "Make it: lsr-os index FOLDER",
        )
    else:
        yield from _contents(index)
    yield from room("disk", index.url, "choose another file with --url FILE.", "note")


def _contents(index: EmbeddedIndex) -> Iterator[Finding]:
    status = index.status()
    held = f"{amount(status.documents, 'picture')}, {status.bytes_on_disk / 1e6:,.1f} MB"
    if status.documents > _QUICKLY_READ:
        yield Finding(
            "index file",
            "ok",
            f"{index.url} can be read ({held}); lsr-os verify reads all of it",
        )
        return
    damage = index.check()
    for line in damage:
        yield Finding(
            "index file",
            "problem",
            line,
            "Index the folders into a new file: lsr-os index FOLDER --url NEW.sqlite",
        )
    if not damage:
        yield Finding("index file", "ok", f"{index.url} is sound ({held})")
