"""What a run did, and how it tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from lsr_opensearch.amounts import amount

# Called with how many pictures are through and how many there are in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Skipped:
    """A picture that is not in the index, and why; ``reason`` says what to do about it."""

    path: str
    reason: str


@dataclass
class IndexReport:
    """What a run did, or would do (``dry_run``).

    Attributes:
        source: the name of the source.
        new, changed, moved, unchanged: how many pictures; a moved one has the content of one
            that is gone from its old place.
        removed: documents removed because their files are gone.
        kept_gone: documents whose files are gone, kept because so many were gone at once.
        vanished: files that disappeared while the run was under way.
        skipped: files that are not in the index although they are there.
        notes: other things worth a line.
    """

    source: str
    dry_run: bool = False
    new: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    kept_gone: int = 0
    vanished: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing was skipped, and nothing that is gone was kept."""
        return not self.skipped and not self.kept_gone

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os index --json`` prints."""
        return asdict(self)


def superseded_note(count: int) -> str:
    """What to tell of documents that a later revision kept from being written or deleted."""
    return (
        f"{amount(count, 'picture')} stayed as the index has them: somebody else has written them "
        "later, or with a clock that was ahead. `lsr-os doctor` compares the clocks; if they stay "
        "out of date: lsr-os verify --repair"
    )
