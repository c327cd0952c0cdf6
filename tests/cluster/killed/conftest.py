"""A folder of pictures, and a command that is killed at a step."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.killed.looking import PICTURES, Command, KillAt, draw_album
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished
from tests.faults.watching import Passing, watching

# However slow the machine, what fits into one batch is sent as one.
PROGRAM = """
from lsr_opensearch.cli import main
from lsr_opensearch.indexing import batches
batches.BATCH_AGE_S = float("inf")
main()
"""


@pytest.fixture
def album(tmp_path: Path) -> Path:
    return draw_album(tmp_path / "album", PICTURES)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "clusters.sqlite"


@pytest.fixture
def lsr(lsr_os: Command, opensearch_node: Endpoint, index_name: str, state: Path) -> Command:
    """Runs a command in this process, with the memory of the killed ones."""

    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", opensearch_node.url, "--index", index_name)

    return run


@pytest.fixture
def kill_at(opensearch_node: Endpoint, index_name: str, tmp_path: Path, state: Path) -> KillAt:
    def run(step: Passing, *arguments: Any, spared: int = 0) -> None:
        started = threading.Event()
        process: subprocess.Popen[bytes]
        seen = 0

        def strike(passing: Passing) -> bool:
            nonlocal seen
            if step.path not in passing.path or passing != replace(step, path=passing.path):
                return True
            seen += 1
            if seen <= spared:
                return True
            started.wait()
            process.kill()
            return False

        with watching(opensearch_node.url, strike) as url:
            command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
            process = subprocess.Popen(
                [*command, "--url", url, "--index", index_name],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            started.set()
            _, err = process.communicate(timeout=120)
        assert process.returncode == -9, f"the step did not come: {err.decode()}"

    return run
