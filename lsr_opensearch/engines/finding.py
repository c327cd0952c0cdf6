"""What a check of `lsr-os doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# note: works, but should be known. unknown: the user may not look.
State = Literal["ok", "note", "problem", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        check: what was looked at, in two or three words.
        message: what was found.
        remedy: what to do about it; empty where there is nothing to do.
        needs: the permission for want of which it is unknown; nothing else needs it.
    """

    check: str
    state: State
    message: str
    remedy: str = ""
    needs: str = ""
