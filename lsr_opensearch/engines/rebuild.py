"""What an engine offers for making an index anew beside the one that serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lsr_opensearch.engines.port import Index


@dataclass(frozen=True)
class Finished:
    """What a machine says of a source of its own that it has brought into an index being built.

    Attributes:
        revision: up to when it has seen the source.
        documents: how many the source has there.
    """

    revision: int
    documents: int


@dataclass(frozen=True)
class Swapped:
    """What became of the indexes when a rebuilt one took the place of another.

    Attributes:
        serving: what the store itself calls the new one.
        kept: what it calls the old one; empty where it was deleted.
        notes: what can be done with the old one, a sentence each.
    """

    serving: str
    kept: str
    notes: tuple[str, ...]


class Rebuild(Protocol):
    """An index that is being made to take the place of the one that serves."""

    @property
    def index(self) -> Index:
        """The one that is being made: documents are written to it as to any other."""

    def finished(self, source: str) -> Finished | None:
        """What the machine of a source has said with `finish`; None where it has not."""

    def finish(self, source: str, said: Finished) -> None:
        """Tell other machines that this one has brought its source over."""

    def prepare(self) -> None:
        """Get the new index ready for searches: for the end of the load, before `freeze`."""

    def freeze(self) -> None:
        """From now on, what is written to the serving index is refused, or noticed by `swap`."""

    def thaw(self) -> None:
        """Let the serving index take writes again; nothing where it does."""

    def swap(self, *, keep_old: bool) -> Swapped | None:
        """The new index serves from one moment to the next.

        Returns:
            None where something may have been written to the old one since `freeze`: nothing was
            done then.

        Raises:
            RebuildError: the rebuild was abandoned or overtaken meanwhile.
        """

    def abandon(self) -> None:
        """Delete the new index; the old one takes writes again."""

    def close(self) -> None:
        """Release what only the rebuild has opened; closing twice is fine."""
