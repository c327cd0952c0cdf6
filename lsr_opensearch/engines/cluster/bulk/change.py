"""What is to be written, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# acknowledged: the cluster has it, durably. superseded: it has a later revision already.
# rejected: it will never take this document, whoever asks.
Fate = Literal["acknowledged", "superseded", "rejected"]


@dataclass(frozen=True, slots=True)
class Change:
    """One document to write, or to delete.

    Attributes:
        id: the document's ``_id``.
        revision: external version: the later one wins, equal ones replace (``external_gte``).
        source: the document as JSON on one line, as it is sent; None deletes.
    """

    id: str
    revision: int
    source: bytes | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a change. A change without a result is pending: nobody knows.

    Attributes:
        reason: of a rejection: what the cluster says, and what to do about it.
        later: of what is superseded: the revision that the cluster has; 0 where it does not say.
    """

    change: Change
    fate: Fate
    reason: str = ""
    later: int = 0
