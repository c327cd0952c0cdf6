"""The names of choices, which settings and the command line know without torch."""

from __future__ import annotations

from typing import Literal, get_args

Level = Literal["none", "caption", "word", "both"]
RegulariserName = Literal["l1", "flops", "df-flops"]
ScheduleName = Literal["linear", "fixed", "none"]

LEVELS: tuple[Level, ...] = get_args(Level)
