"""Process groups that outlive the process that started them, by a file with their number."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

_PID_FILE = "pid"
_POLL_S = 0.02
_GROUP_END_TIMEOUT_S = 5


def write_pid(folder: Path, pid: int) -> None:
    """Note in a node's folder which process group is its own."""
    (folder / _PID_FILE).write_text(f"{pid}\n{folder}")


def kill_recorded(folders: Iterable[Path]) -> None:
    """Kill the process groups noted in nodes' folders, those that still are these nodes'."""
    killed = []
    for folder in folders:
        try:
            number, where = (folder / _PID_FILE).read_text().split("\n")
        except (OSError, ValueError):
            continue
        if f"{where}/config" in _environment(int(number)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(number), signal.SIGKILL)
            killed.append(int(number))
    wait_for_group_ends(killed)


def wait_for_group_ends(pids: Iterable[int]) -> None:
    """Wait until killed groups are gone.

    Not for ever: where nobody collects orphans they stay as zombies, which hold no file or port.
    """
    deadline = time.monotonic() + _GROUP_END_TIMEOUT_S
    for pid in pids:
        while _exists(pid) and time.monotonic() < deadline:
            time.sleep(_POLL_S)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _environment(pid: int) -> str:
    """What the process was started with. Numbers are used again, at the latest after a reboot."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    with contextlib.suppress(OSError):
        found = ["ps", "eww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(found, capture_output=True, check=False, text=True).stdout
    return ""
