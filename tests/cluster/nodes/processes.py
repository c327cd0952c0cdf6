"""Process groups that outlive the process that started them, by a file with their number."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_PID_FILE = "pid"
_POLL_S = 0.02
_GROUP_END_TIMEOUT_S = 5


def write_pid(folder: Path, pid: int) -> None:
    """Note in a node's folder which process group is its own."""
    (folder / _PID_FILE).write_text(f"{pid}\n{folder}")


def kill_recorded(folder: Path) -> None:
    """Kill the process group noted in a node's folder, if it is still that node's."""
    try:
        number, where = (folder / _PID_FILE).read_text().split("\n")
    except (FileNotFoundError, ValueError):
        return
    pid = int(number)
    if f"{where}/config" in _environment(pid):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        wait_for_group_end(pid)


def wait_for_group_end(pid: int) -> None:
    """Wait until a killed group is gone.

    Not for ever: where nobody collects orphans they stay as zombies, which hold no file or port.
    """
    deadline = time.monotonic() + _GROUP_END_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(_POLL_S)


def _environment(pid: int) -> str:
    """What the process was started with. Numbers are used again, at the latest after a reboot."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    with contextlib.suppress(OSError):
        found = ["ps", "eww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(found, capture_output=True, check=False, text=True).stdout
    return ""
