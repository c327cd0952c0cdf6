"""This machine's own disk: looking needs no room on it, and no right to write to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

Command = Callable[..., Finished]
LOOKS = [["search", "red"], ["status"], ["verify"]]
# Root may write everywhere, unless it does without these rights.
AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


@pytest.fixture
def on_node(lsr_os: Command, opensearch_node: Endpoint, index_name: str) -> Command:
    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", opensearch_node.url, "--index", index_name)

    return run


@pytest.fixture
def as_others(opensearch_node: Endpoint, index_name: str) -> Command:
    """Runs a command as somebody who may not write where the modes do not say so."""

    def run(*arguments: Any) -> Finished:
        prefix = AS_OTHERS if os.getuid() == 0 else []
        command = [*prefix, sys.executable, "-m", "lsr_opensearch.cli", *arguments]
        where = ["--url", opensearch_node.url, "--index", index_name]
        done = subprocess.run([*command, *where], capture_output=True, text=True, check=False)
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine's record lies."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("LSR_OS_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def indexed(tmp_path: Path, on_node: Command, state: Path) -> Path:
    """Six pictures, indexed and recorded."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in "abcdef":
        draw_picture(folder / f"{name}.png", seed=ord(name))
    done = on_node("index", folder)
    assert done.status == 0, done.err
    assert os.listdir(state)
    return folder


@pytest.fixture
def read_only(state: Path) -> Iterator[Path]:
    """The same, once `made_read_only`."""
    if os.getuid() == 0 and shutil.which(AS_OTHERS[0]) is None:
        pytest.skip("setpriv is missing, and root may write everywhere")
    yield state
    state.chmod(0o700)


def made_read_only(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)


@pytest.fixture
def small_disk(state: Path) -> Iterator[Path]:
    """The record's folder is a disk of 400 kB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(state)]
    if os.getuid() != 0 or shutil.which(mount[0]) is None:
        pytest.skip("only root may mount a small disk")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield state
    subprocess.run(["umount", "--lazy", str(state)], check=True)


def fill(folder: Path) -> None:
    with open(folder / "filling", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError:
            return


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("command", LOOKS, ids=lambda command: command[0])
def test_a_record_that_may_not_be_written_is_read(
    read_only: Path, command: list[str], as_others: Command
) -> None:
    made_read_only(read_only)
    done = as_others(*command)
    assert (done.status, done.err) == (0, "")


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("command", LOOKS, ids=lambda command: command[0])
def test_where_no_record_can_be_made_it_is_found_out_each_time(
    read_only: Path, command: list[str], as_others: Command
) -> None:
    for path in read_only.iterdir():
        path.unlink()
    made_read_only(read_only)
    done = as_others(*command)
    assert (done.status, done.err) == (0, "")
    assert list(read_only.iterdir()) == []


def test_indexing_where_the_record_may_not_be_written_says_so(
    read_only: Path, indexed: Path, as_others: Command
) -> None:
    made_read_only(read_only)
    draw_picture(indexed / "g.png")
    done = as_others("index", str(indexed))
    assert done.status == 1
    assert "cannot be read or written" in done.err


@pytest.mark.parametrize("command", LOOKS, ids=lambda command: command[0])
def test_a_full_disk_keeps_nobody_from_looking(
    small_disk: Path, indexed: Path, command: list[str], on_node: Command
) -> None:
    assert indexed.is_dir()
    fill(small_disk)
    done = on_node(*command)
    assert (done.status, done.err) == (0, "")


def test_indexing_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    small_disk: Path, indexed: Path, on_node: Command
) -> None:
    fill(small_disk)
    draw_picture(indexed / "g.png")
    done = on_node("index", indexed)
    assert done.status == 1
    assert "no room" in done.err
    (small_disk / "filling").unlink()
    assert on_node("index", indexed).out == "album: 1 new, 6 unchanged\n"
    assert on_node("verify").status == 0


def test_a_list_of_skipped_pictures_that_finds_no_room_leaves_the_earlier_one(
    small_disk: Path, indexed: Path, on_node: Command
) -> None:
    (indexed / "g.png").write_bytes(b"no picture")
    assert on_node("index", indexed).status == 3
    listed = small_disk / "list.jsonl"
    assert on_node("index", indexed, "--dead-letters", listed).status == 3
    fill(small_disk)
    done = on_node("index", indexed, "--dead-letters", listed)
    assert done.status == 1
    assert "no room" in done.err or "cannot be written" in done.err
    assert json.loads(listed.read_text())["path"] == "g.png"
    assert list(small_disk.glob(".skipped-*")) == []
