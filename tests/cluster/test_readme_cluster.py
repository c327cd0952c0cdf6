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
from tests.conftest import PHOTOS, Finished

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    section = README.split("## On your cluster")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    lines = [line.split("  #")[0].strip() for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("lsr-os ")]


def test_every_command_runs_in_the_order_of_the_page(
    node: Endpoint,
    index_name: str,
    lsr_os: Callable[..., Finished],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = Path(os.environ["HOME"]) / "Pictures"
    pictures.mkdir()
    for name in ("german-shepherd.jpg", "two-dogs-at-window.jpg", "sandy-beach.jpg"):
        shutil.copy(PHOTOS / name, pictures)
    monkeypatch.setenv("LSR_OS_URL", node.url)
    lines = commands()
    assert [line[0] for line in lines] == [
        "index",
        "search",
        "search",
        "status",
        "verify",
        "reindex",
        "doctor",
    ]
    for line in lines:
        arguments = [os.path.expanduser(word) for word in line]
        arguments[arguments.index("photos")] = index_name
        if line[0] in ("index", "reindex"):
            arguments += ["--field-type", node.field_type]
        done = lsr_os(*arguments)
        assert done.status == 0, f"{line}\n{done.err}"
        if line[:2] == ["search", "two dogs at a window"]:
            assert "two-dogs-at-window.jpg" in done.out
