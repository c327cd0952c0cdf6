"""Whatever stops a run, nothing acknowledged is lost and the same command finishes the work."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

Counts = Callable[..., dict[str, Any]]
Command = Callable[..., Finished]
PICTURES = 400

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures enough to be interrupted among."""
    folder = tmp_path_factory.mktemp("many") / "pictures"
    folder.mkdir()
    for seed in range(PICTURES):
        draw_picture(folder / f"{seed:04}.png", colour=f"hsl({seed % 360}, 80%, 50%)", seed=seed)
    return folder


def start(many: Path, index: Path, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", "index", many, "--url", index, "--workers=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def documents(lsr_os: Command, index: Path) -> int:
    done = lsr_os("status", "--json", "--url", index)
    return int(json.loads(done.out)["documents"]) if done.status == 0 else 0


def wait_for_documents(lsr_os: Command, index: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if count := documents(lsr_os, index):
            return count
        time.sleep(0.05)
    pytest.fail("the run wrote nothing before it ended")


def test_ctrl_c_keeps_what_was_done_and_the_same_command_resumes(
    many: Path, tmp_path: Path, lsr_os: Command, counts: Counts
) -> None:
    index = tmp_path / "i.sqlite"
    process = start(many, index)
    wait_for_documents(lsr_os, index, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    kept = documents(lsr_os, index)
    assert 0 < kept < PICTURES
    report = counts(many, "--url", index)
    assert (report["unchanged"], report["new"]) == (kept, PICTURES - kept)


@pytest.mark.parametrize("delay_s", [0.05, 0.3, 0.6])
def test_kill_9_loses_nothing_acknowledged(
    delay_s: float, many: Path, tmp_path: Path, lsr_os: Command, counts: Counts
) -> None:
    index = tmp_path / "i.sqlite"
    process = start(many, index)
    acknowledged = wait_for_documents(lsr_os, index, process)
    time.sleep(delay_s)
    process.kill()
    process.communicate(timeout=60)
    assert documents(lsr_os, index) >= acknowledged
    report = counts(many, "--url", index)
    assert report["unchanged"] >= acknowledged
    assert report["unchanged"] + report["new"] == PICTURES
    assert lsr_os("verify", "--url", index).status == 0


def test_a_full_disk_is_one_clear_line_and_the_index_stays_sound(
    many: Path, tmp_path: Path, lsr_os: Command, counts: Counts
) -> None:
    index = tmp_path / "i.sqlite"
    limit = 600_000

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = start(many, index, preexec_fn=small_disk)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err.startswith(b"Error: ")
    assert b"Traceback" not in err
    assert counts(many, "--url", index)["status"] == 0
    assert lsr_os("verify", "--url", index).status == 0


def test_a_file_removed_during_the_run_is_only_mentioned(
    many: Path, tmp_path: Path, lsr_os: Command
) -> None:
    folder = tmp_path / "going"
    folder.mkdir()
    for picture in many.iterdir():
        os.link(picture, folder / picture.name)
    index = tmp_path / "i.sqlite"
    process = start(folder, index)
    wait_for_documents(lsr_os, index, process)
    (folder / f"{PICTURES - 1:04}.png").unlink()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert f"{PICTURES - 1:04}.png".encode() in err
    assert documents(lsr_os, index) == PICTURES - 1


def test_two_runs_on_the_same_folder_at_once_agree(
    many: Path, tmp_path: Path, lsr_os: Command
) -> None:
    index = tmp_path / "i.sqlite"
    processes = [start(many, index), start(many, index)]
    for process in processes:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
    assert documents(lsr_os, index) == PICTURES
    assert lsr_os("verify", "--url", index).status == 0
