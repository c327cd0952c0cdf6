"""A cluster that is away for a while: the command says once that it waits, and then goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from lsr_opensearch.cli.output import note
from tests.conftest import Finished
from tests.faults.plan import Fault, FaultKind
from tests.faults.server import FaultyCluster, serving

Command = Callable[..., Finished]


def test_what_is_said_beside_a_progress_bar_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Progress(console=Console(stderr=True, force_terminal=True)) as progress:
        progress.update(progress.add_task("album", total=2), completed=1)
        note("waiting")
    assert "\x1b[2Kwaiting\n" in capsys.readouterr().err


@pytest.fixture
def cluster() -> Iterator[FaultyCluster]:
    with serving() as started:
        yield started


@pytest.mark.parametrize("only", ["", "_bulk"])
@pytest.mark.parametrize("kind", ["drop_before", "unavailable"])
def test_it_is_said_once_that_the_cluster_is_waited_for(
    kind: FaultKind, only: str, album: Path, lsr_os: Command, cluster: FaultyCluster
) -> None:
    cluster.plan.only = only
    cluster.plan.set([Fault(kind)] * 3)
    done = lsr_os("index", album, "--url", f"opensearch+{cluster.url}")
    assert (done.status, done.err.count("trying again for up to")) == (0, 1), done.err
    assert "4 new" in done.out


def test_a_command_that_need_not_wait_says_nothing(
    album: Path, lsr_os: Command, cluster: FaultyCluster
) -> None:
    cluster.plan.only = "_bulk"
    cluster.plan.set([Fault("unavailable")])
    url = f"opensearch+{cluster.url}"
    assert "trying again" in lsr_os("index", album, "--url", url).err
    assert lsr_os("index", album, "--url", url).err == ""
