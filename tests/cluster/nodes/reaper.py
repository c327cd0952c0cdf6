"""Waits for a test run's end, orderly or not, and ends the nodes that it left.

A process of its own, because hooks do not run in a test run that is killed, and because under
pytest-xdist no single process that runs our code is there from the first node to the last.
"""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

from .runs import end_run, lock_of_reaper

_POLL_S = 0.2


def main() -> None:
    """Arguments: the run's folder, the number of the process whose end is the run's end."""
    folder, pid = Path(sys.argv[1]), int(sys.argv[2])
    with lock_of_reaper(folder):
        print("watching", flush=True)
        _wait_for_end(pid)
        end_run(folder)


def _wait_for_end(pid: int) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        select.select([process], [], [])
    else:
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(_POLL_S)


if __name__ == "__main__":
    main()
