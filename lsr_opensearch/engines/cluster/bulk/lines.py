"""Changes as they are sent: lines of a bulk request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson

from lsr_opensearch.engines.cluster.bulk.change import Change


@dataclass(frozen=True, slots=True)
class Line:
    """A change with its action, ready to be sent.

    Attributes:
        size: in bytes, with the ends of its lines.
    """

    change: Change
    action: bytes
    size: int


def line_of(change: Change) -> Line:
    """The change, ready to be sent.

    Raises:
        ValueError: its id cannot be sent as JSON, or its revision is no version.
    """
    if not 0 <= change.revision < 1 << 63:
        raise ValueError(f"the revision {change.revision} is not between 0 and 2^63")
    source = change.source
    kind = "delete" if source is None else "index"
    meta = {"_id": change.id, "version": change.revision, "version_type": "external_gte"}
    try:
        action = orjson.dumps({kind: meta})
    except TypeError as error:
        raise ValueError(f"its id is no Unicode text ({error})") from None
    return Line(change, action, len(action) + (1 if source is None else len(source) + 2))


@dataclass(frozen=True)
class Chunk:
    """The lines of one request."""

    lines: Sequence[Line]

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def size(self) -> int:
        """In bytes."""
        return sum(line.size for line in self.lines)

    def body(self) -> bytes:
        """Newline-delimited JSON."""
        return b"\n".join(self._parts())

    def halves(self) -> tuple[Chunk, Chunk]:
        """Two chunks; of a chunk of at least two lines."""
        middle = len(self.lines) // 2
        return Chunk(self.lines[:middle]), Chunk(self.lines[middle:])

    def _parts(self) -> Iterator[bytes]:
        for line in self.lines:
            yield line.action
            if line.change.source is not None:
                yield line.change.source
        yield b""
