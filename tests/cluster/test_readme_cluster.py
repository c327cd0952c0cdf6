"""The cluster section of the README does what it says, on each engine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.nodes.endpoint import Endpoint
from tests.cluster.nodes.users import WRITER
from tests.conftest import PHOTOS, Finished

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# What a reader puts in the place of what the page can only give as an example.
SEARCH, ME = "https://search:9200", "me"


def block() -> list[str]:
    section = README.split("## On your cluster")[1].split("\n## ")[0]
    (found,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.split("  #")[0].strip() for line in found.splitlines()]


def commands() -> list[list[str]]:
    return [shlex.split(line)[1:] for line in block() if line.startswith("lsr-os ")]


def exported() -> dict[str, str]:
    (line,) = (line for line in block() if line.startswith("export "))
    return dict(word.split("=", 1) for word in shlex.split(line)[1:])


@pytest.fixture
def pictures() -> Path:
    """`~/Pictures`, of three photos."""
    folder = Path(os.environ["HOME"]) / "Pictures"
    folder.mkdir()
    for name in ("german-shepherd.jpg", "two-dogs-at-window.jpg", "sandy-beach.jpg"):
        shutil.copy(PHOTOS / name, folder)
    return folder


def run_the_page(lsr_os: Callable[..., Finished], index_name: str, field_type: str) -> None:
    for line in commands():
        arguments = [os.path.expanduser(word) for word in line]
        arguments[arguments.index("photos")] = index_name
        if line[0] in ("index", "reindex"):
            arguments += ["--field-type", field_type]
        done = lsr_os(*arguments)
        assert done.status == 0, f"{line}\n{done.err}"
        if line[:2] == ["search", "two dogs at a window"]:
            assert "two-dogs-at-window.jpg" in done.out


def test_the_page_has_the_main_commands() -> None:
    assert [line[0] for line in commands()] == [
        "index",
        "search",
        "search",
        "status",
        "verify",
        "reindex",
        "doctor",
    ]


@pytest.mark.usefixtures("pictures")
def test_every_command_runs_in_the_order_of_the_page(
    node: Endpoint,
    index_name: str,
    lsr_os: Callable[..., Finished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LSR_OS_URL", node.url)
    run_the_page(lsr_os, index_name, node.field_type)


@pytest.mark.usefixtures("pictures")
def test_every_command_runs_for_who_logs_in_as_the_page_does(
    opensearch_secure_node: Endpoint,
    index_name: str,
    lsr_os: Callable[..., Finished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secure = opensearch_secure_node
    own = {SEARCH: secure.url, ME: WRITER.name}
    for name, value in exported().items():
        monkeypatch.setenv(name, own.pop(value, os.path.expanduser(value)))
    assert not own
    Path(os.environ["LSR_OS_PASSWORD_FILE"]).write_text(f"{WRITER.password}\n")
    monkeypatch.setenv("LSR_OS_CA_CERTS", str(secure.ca_file))
    run_the_page(lsr_os, index_name, secure.field_type)
