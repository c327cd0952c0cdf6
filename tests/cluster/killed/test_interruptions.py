"""Our own process killed, out of disk, or racing with another: running again converges."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.cluster.killed.looking import draw_album, names, stored
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

PICTURES = 40
TRIES = 5
# More than this no file of the process may hold: a full disk, as SQLite sees it.
TINY_BYTES = 40_000


@pytest.fixture
def album(tmp_path: Path) -> Path:
    return draw_album(tmp_path / "album", PICTURES)


@pytest.fixture
def started(
    tmp_path: Path, opensearch_node: Endpoint, index_name: str
) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts `lsr-os index` as a process of its own."""

    def start(folder: Path, limit: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
        where = ["--url", opensearch_node.url, "--index", index_name]
        return subprocess.Popen(
            [sys.executable, "-m", "lsr_opensearch.cli", "index", str(folder), *where],
            cwd=tmp_path,
            env=os.environ | {"LSR_OS_STATE_DIR": str(tmp_path / "state")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limit,
        )

    return start


def other_pictures(folder: Path, turn: int) -> None:
    for number in range(PICTURES):
        draw_picture(folder / f"{number:02}.png", f"hsl({turn * 60}, 80%, 50%)", seed=number)


@pytest.mark.slow
def test_killed_at_any_time_it_converges_to_the_folder(
    album: Path,
    started: Callable[..., subprocess.Popen[bytes]],
    lsr: Callable[..., Finished],
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    draw = random.Random(7)
    for turn in range(6):
        process = started(album)
        time.sleep(draw.uniform(0.3, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # Meanwhile the folder goes on: a picture that may have been on its way goes, another comes.
        (album / draw.choice(names(album))).unlink()
        draw_picture(album / f"new-{turn}.png", seed=100 + turn)
    assert lsr("index", album).status == 0
    assert stored(opensearch_node, index_name) == names(album)
    assert lsr("verify").status == 0


def test_a_disk_that_fills_here_is_said_and_loses_nothing(
    album: Path,
    started: Callable[..., subprocess.Popen[bytes]],
    lsr: Callable[..., Finished],
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    def tiny_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (TINY_BYTES, TINY_BYTES))

    process = started(album, tiny_files)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert b"no room" in err
    assert json.loads(lsr("index", "--json", album).out)["skipped"] == []
    assert stored(opensearch_node, index_name) == names(album)
    assert lsr("verify").status == 0


def test_two_runs_over_one_folder_at_once_end_as_one(
    album: Path,
    started: Callable[..., subprocess.Popen[bytes]],
    lsr: Callable[..., Finished],
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    said = [""]
    for turn in range(TRIES):
        other_pictures(album, turn)
        processes: Sequence[subprocess.Popen[bytes]] = [started(album) for _ in range(2)]
        said = []
        for process in processes:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err.decode()
            said.append(out.decode())
        # Whoever had seen the other's end would have found nothing to do.
        if not any("unchanged" in line for line in said):
            break
    assert not any("unchanged" in line for line in said), "they never ran at once"
    assert stored(opensearch_node, index_name) == names(album)
    assert lsr("verify").status == 0
    assert json.loads(lsr("index", "--json", album).out)["unchanged"] == PICTURES
