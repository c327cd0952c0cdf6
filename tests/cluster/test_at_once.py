"""Several machines write to one new index while others search it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lsr_opensearch import open_index
from lsr_opensearch.errors import IndexFileError, NoKnownWordError
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

MACHINES = ("north", "south")
PICTURES = 30
READERS = 3


@pytest.fixture(params=["opensearch_node", "elasticsearch_node"])
def node(request: pytest.FixtureRequest) -> Endpoint:
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


def album(folder: Path, machine: str) -> Path:
    """Pictures that no other machine has, in a folder of the machine's name."""
    made = folder / machine
    made.mkdir()
    for number in range(PICTURES):
        seed = number + PICTURES * MACHINES.index(machine)
        draw_picture(made / f"{number:02}.png", f"hsl({seed * 5}, 80%, 50%)", seed=seed)
    return made


def started(
    machine: str, folder: Path, node: Endpoint, name: str, tmp_path: Path
) -> subprocess.Popen[str]:
    own = {"LSR_OS_HOST": machine, "LSR_OS_STATE_DIR": str(tmp_path / f"state-of-{machine}")}
    where = ["--url", node.url, "--index", name, "--field-type", node.field_type]
    return subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", "index", "--json", str(folder), *where],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Readers:
    """Threads that search all the time, each by an index object of its own.

    Attributes:
        counts: of hits, one a search.
        failures: what no reader should see.
    """

    def __init__(self, node: Endpoint, name: str) -> None:
        self._node, self._name = node, name
        self._stop = threading.Event()
        self.counts: list[int] = []
        self.failures: list[Exception] = []

    @contextmanager
    def searching(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._search) for _ in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _search(self) -> None:
        with open_index(self._node.url, name=self._name) as index:
            while not self._stop.is_set():
                try:
                    self.counts.append(len(index.search("red blue green yellow", limit=1000)))
                except (NoKnownWordError, IndexFileError):
                    # Before the first document, and before there is an index.
                    time.sleep(0.05)
                except Exception as error:
                    self.failures.append(error)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_two_machines_make_one_index_and_nobody_who_searches_it_sees_a_failure(
    node: Endpoint,
    index_name: str,
    tmp_path: Path,
    lsr_os: Callable[..., Finished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = {machine: album(tmp_path, machine) for machine in MACHINES}
    readers = Readers(node, index_name)
    with readers.searching():
        processes = [
            started(machine, folder, node, index_name, tmp_path)
            for machine, folder in folders.items()
        ]
        wait_until(lambda: node.request("HEAD", f"/{index_name}-000001").status == 200)
        both_run = all(process.poll() is None for process in processes)
        said = [process.communicate(timeout=120) for process in processes]
        wait_until(lambda: bool(readers.counts or readers.failures))
    assert both_run, said
    assert [process.returncode for process in processes] == [0, 0], said
    assert [json.loads(out)["new"] for out, _ in said] == [PICTURES, PICTURES]
    assert readers.failures == []
    for machine, folder in folders.items():
        with monkeypatch.context() as patch:
            patch.setenv("LSR_OS_HOST", machine)
            patch.setenv("LSR_OS_STATE_DIR", str(tmp_path / f"state-of-{machine}"))
            done = lsr_os("verify", "--url", node.url, "--index", index_name)
            assert done.status == 0, done.out
            assert f"{folder.name}: folder, manifest and index agree" in done.out
    body = node.request("POST", f"/{index_name}/_count").body
    assert body["count"] == len(MACHINES) * PICTURES
