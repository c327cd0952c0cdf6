"""What the commands tell users who may not do everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

from .nodes.endpoint import Endpoint
from .nodes.users import READER, WRITER, User

As = Callable[..., Finished]


@pytest.fixture(params=["opensearch_secure_node", "elasticsearch_secure_node"])
def run_as(
    request: pytest.FixtureRequest,
    lsr_os: Callable[..., Finished],
    index_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> As:
    """Runs a command as a user of each secured node."""
    node: Endpoint = request.getfixturevalue(request.param)
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(node.ca_file))
    kind = ["--field-type", "sparse_vector"] if node.engine == "elasticsearch" else []

    def run(user: User, command: str, *arguments: Any) -> Finished:
        monkeypatch.setenv("LSR_OS_USER", user.name)
        monkeypatch.setenv("LSR_OS_PASSWORD", user.password)
        where = ["--url", f"{node.engine}+{node.url}", "--index", index_name]
        return lsr_os(command, *arguments, *where, *(kind if command == "index" else []))

    return run


@pytest.fixture
def album(tmp_path: Path, run_as: As) -> Path:
    """Indexed by one who may."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in "abc":
        draw_picture(folder / f"{name}.png", seed=ord(name))
    done = run_as(WRITER, "index", folder)
    assert done.status == 0, done.err
    return folder


def test_a_reader_with_nothing_new_is_not_refused(album: Path, run_as: As) -> None:
    done = run_as(READER, "index", album)
    assert (done.status, done.out) == (0, "album: 3 unchanged\n"), done.err


def test_a_reader_with_something_new_is_told_which_right_it_takes(album: Path, run_as: As) -> None:
    draw_picture(album / "d.png", seed=99)
    done = run_as(READER, "index", album)
    assert done.status == 1
    assert "data/write/bulk" in done.err
    assert "role" in done.err or "privileges" in done.err


@pytest.mark.usefixtures("album")
def test_what_doctor_may_not_look_at_is_one_line(run_as: As) -> None:
    done = run_as(WRITER, "doctor")
    assert done.status == 0, done.out
    (line,) = [line for line in done.out.splitlines() if "\tunknown\t" in line]
    assert line.startswith("not looked at\t")
    for look in ("plugins", "clause limit", "disk"):
        assert look in line
    assert "cluster:monitor/nodes/info" in done.out
    assert done.err == "No problem found in what could be checked.\n"
