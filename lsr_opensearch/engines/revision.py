"""Which of two writers saw a picture later: the order in which their documents win."""

from __future__ import annotations

import time


def revision_now() -> int:
    """A revision for what is looked at from now on: microseconds since 1970.

    Taken before a file is read, so that whoever read it before a change has the earlier one. The
    file's own time would not do: restoring an old copy turns it back.
    """
    return time.time_ns() // 1000


def revision_after(known: int) -> int:
    """A revision for what is looked at from now on, later than the one that is known of it.

    That one may be of a time when this machine's clock was ahead: without more, nothing that is
    written from here would win over it until that time has come.
    """
    return max(revision_now(), known + 1)
