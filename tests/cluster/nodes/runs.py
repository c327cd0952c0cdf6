"""The folder of one test run, common to its workers, and the end of runs that are over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from filelock import FileLock, Timeout

from .places import RUNS, make
from .processes import kill_recorded

_IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_RUN = os.environ["PYTEST_XDIST_TESTRUNUID"] if _IN_WORKER else uuid.uuid4().hex
_CONTROLLER_PID = os.getppid() if _IN_WORKER else os.getpid()
_OVER = ".over"
_REPOSITORY = Path(__file__).parents[3]

# Held so that they are not collected, and reported as running, before this process ends.
_reapers: list[subprocess.Popen[bytes]] = []


def run_folder() -> Path:
    """This run's folder; made, with a reaper that watches over it, by the first who asks."""
    folder = make(RUNS) / _RUN
    with FileLock(RUNS / "lock"):
        if not folder.exists():
            _end_stale_runs()
            folder.mkdir()
            _start_reaper(folder)
    return folder


def lock_of_reaper(folder: Path) -> FileLock:
    """Held by the run's reaper for as long as it lives; beside the folder, which is deleted."""
    return FileLock(folder.with_suffix(".lock"))


def end_run(folder: Path) -> None:
    """Kill a run's nodes and delete all they wrote."""
    # First out of the way: whoever is about to start one more finds no folder for it.
    over = folder.with_suffix(_OVER)
    if folder.exists():
        folder.rename(over)
    if over.exists():
        kill_recorded(over.iterdir())
        shutil.rmtree(over)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def _end_stale_runs() -> None:
    for folder in [place for place in RUNS.iterdir() if place.is_dir()]:
        try:
            with lock_of_reaper(folder).acquire(blocking=False):
                end_run(folder.with_suffix(""))
        except Timeout:
            continue


def _start_reaper(folder: Path) -> None:
    reaper = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster.nodes.reaper", str(folder), str(_CONTROLLER_PID)],
        cwd=_REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _reapers.append(reaper)
    assert reaper.stdout is not None
    with reaper.stdout as said:
        if said.readline() != b"watching\n":
            raise RuntimeError("the reaper of the test nodes did not start")
