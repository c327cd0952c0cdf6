"""Several processes, killed processes and full disks, for real."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lsr_opensearch.engines.embedded import Tuning, open_embedded
from lsr_opensearch.engines.port import ManifestEntry, WriteBatch
from lsr_opensearch.errors import IndexBusyError, StorageFullError
from tests.engines.model import TINY, S, document, found, index_file, opened, request, write

ROOT = Path(__file__).parents[2]


def _start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


_WRITER = """
import sys
from tests.engines.model import document, opened, write
index = opened(sys.argv[1])
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{number % 50:03}"
    write(index, document(name, {"dog": 1.0, f"t{number % 7}": 2.0}, version=number))
index.close()
"""
_READER = """
import sys
from tests.engines.model import opened, request
index = opened(sys.argv[1], cache_bytes=100_000)
most = 0
while most < int(sys.argv[2]):
    hits = index.search(request({"dog": 1.0}, 1000))
    ids = [hit.document.id for hit in hits]
    assert ids == sorted(set(ids)), ids
    assert len(ids) >= most, (len(ids), most)
    most = len(ids)
"""


def test_processes_that_write_and_read_at_once_end_with_all_documents(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    writers = [_start(_WRITER, index_file(tmp_path), name, 120) for name in "ab"]
    readers = [_start(_READER, index_file(tmp_path), 100) for _ in range(2)]
    for process in (*writers, *readers):
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert index.check() == []
    names = sorted(f"{name}-{number:03}" for name in "ab" for number in range(50))
    assert found(index, {"dog": 1}, 1000) == names
    versions = {held.metadata["version"] for held in index.fetch(names).values()}
    assert versions == set(range(70, 120))


_ACKNOWLEDGING_WRITER = """
import sys
from lsr_opensearch.engines.port import ManifestEntry, WriteBatch
from tests.engines.model import S, document, opened
index = opened(sys.argv[1])
number = int(sys.argv[2])
while True:
    documents = [
        document(f"{number % 40:02}-{part}", {f"t{n}": 1.0 for n in range(30)}, version=number)
        for part in range(3)
    ]
    entries = [ManifestEntry(b"%d" % (number % 40), number, 0, "", "", documents[0].id)]
    index.bind_source(S)
    index.write(WriteBatch("s", documents, entries=entries))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.slow
def test_a_writer_killed_anywhere_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = index_file(tmp_path)
    opened(path).close()
    next_number = 0
    newest: dict[int, int] = {}
    for attempt in range(25):
        process = _start(_ACKNOWLEDGING_WRITER, path, next_number)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline())]
        time.sleep(random.Random(attempt).uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        acknowledged += map(int, process.stdout.read().splitlines())
        process.communicate()
        newest |= {number % 40: number for number in acknowledged}
        # The batch after the last acknowledged one may or may not have been written, whole.
        next_number = acknowledged[-1] + 1
        index = opened(path)
        assert index.check() == []
        written = {int(e.path): e.size for e in index.manifest("s").values()}
        assert written in (newest, newest | {next_number % 40: next_number})
        for slot, number in written.items():
            held = index.fetch([f"{slot:02}-{part}" for part in range(3)])
            assert [one.metadata["version"] for one in held.values()] == [number] * 3
        assert len(found(index, {"t1": 1.0}, 1000)) == 3 * len(written)
        newest = written
        index.close()


def test_a_merge_that_was_killed_half_done_is_searched_through_and_finished_by_another(
    tmp_path: Path,
) -> None:
    slow = Tuning(
        tail_documents=5,
        merge_factor=3,
        slice_rows=3,
        update_budget_s=0.0001,
        document_budget_s=0,
    )
    index = opened(index_file(tmp_path), tuning=slow)
    for number in range(60):
        write(index, document(f"{number:02}", {"dog": 1.0, **{f"t{n}": 1.0 for n in range(40)}}))
    with sqlite3.connect(index_file(tmp_path)) as connection:
        half_done = "SELECT count(*) FROM segments WHERE state = 0 AND progress >= 0"
        assert connection.execute(half_done).fetchone()[0]
    connection.close()
    expected = [f"{number:02}" for number in range(60)]
    assert found(index, {"dog": 1, "t39": 1}, 100) == expected
    other = opened(index_file(tmp_path))
    other.bind_source(S)
    other.write(WriteBatch("s", deleted_ids={"07": 0, "59": 0}))
    other.optimize()
    assert other.status().store["segments"] <= 2
    assert other.check() == []
    assert found(index, {"dog": 1}, 100) == [one for one in expected if one not in ("07", "59")]


def test_searches_between_the_steps_of_a_merge_are_all_right(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, *(document(f"{n:03}", {f"t{n % 30}": 1.0, "dog": 1.0}) for n in range(200)))
    reader = open_embedded(index_file(tmp_path), cache_bytes=50_000)
    steps = []

    def look(step: int) -> None:
        steps.append(step)
        if step == 5:
            write(reader, document("000", {"cat": 1.0}))
        hits = reader.rank(request({"dog": 1, "t3": 1}, 500))
        assert len(hits) == (200 if step < 5 else 199)

    index.optimize(look)
    assert len(steps) > 10
    assert index.check() == []


def test_a_file_that_stays_locked_is_busy(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path), busy_timeout_s=0.1)
    write(index, document("a"))
    other = sqlite3.connect(index_file(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexBusyError, match="run the same command again"):
        write(index, document("b"))
    assert found(index, {"dog": 1}) == ["a"]
    other.execute("ROLLBACK")
    other.close()
    write(index, document("b"))
    assert found(index, {"dog": 1}) == ["a", "b"]


def test_a_writer_waits_for_another(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    other = sqlite3.connect(index_file(tmp_path), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
    timer.start()
    write(index, document("a"))
    timer.join()
    other.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 2 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if sys.platform != "linux" or os.getuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs to be root on Linux to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_takes_whole_batches_or_nothing_of_them(small_disk: Path) -> None:
    index = opened(index_file(small_disk))
    done = 0

    def fill() -> None:
        nonlocal done
        for number in range(1000):
            entry = ManifestEntry(b"%d" % number, 1, 1, "", "", f"{number:03}-0")
            terms = {f"t{number}-{n}": 1.0 for n in range(60)} | {"dog": 1.0}
            documents = [document(f"{number:03}-{part}", terms) for part in range(3)]
            index.bind_source(S)
            index.write(WriteBatch("s", documents, entries=[entry]))
            done += 1

    with pytest.raises(StorageFullError, match="Make room"):
        fill()
    assert done
    expected = [f"{number:03}-{part}" for number in range(done) for part in range(3)]
    assert found(index, {"dog": 1}, 10_000) == expected
    assert len(index.manifest("s")) == done
    index.close()
    index = open_embedded(index_file(small_disk))
    assert found(index, {"dog": 1}, 10_000) == expected
    assert index.check() == []


def test_a_limit_on_the_size_of_files_is_no_room_too(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path), tuning=TINY)
    write(index, document("a"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(StorageFullError):
            write(
                index,
                *(document(str(n), {f"t{n}-{m}": 1.0 for m in range(50)}) for n in range(200)),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found(index, {"dog": 1}) == ["a"]
    write(index, document("b"))
    assert found(index, {"dog": 1}) == ["a", "b"]


def test_threads_that_share_an_index_take_turns(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, *(document(str(number), {"dog": 1.0}) for number in range(20)))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: len(found(index, {"dog": 1.0}, 5)), range(200)))
    index.close()
    assert results == [5] * 200
