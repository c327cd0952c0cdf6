"""`lsr-os eval --url`: the figures of a file, and a cluster as it was before."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from filelock import FileLock

from lsr_opensearch.cli.passing_index import PREFIX, passing_in_cluster
from lsr_opensearch.evaluation.retrieval import fill
from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import PHOTOS, Finished
from tests.evaluation.contract import check_figures
from tests.evaluation.photos import write_split_file

Command = Callable[..., Finished]
PHOTO_COUNT = 8


@pytest.fixture(autouse=True)
def _one_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What these tests look for, they make themselves, in any of the processes that run tests."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "evaluating.lock"):
        yield


@pytest.fixture
def arguments(tmp_path: Path, node: Endpoint) -> list[str]:
    """`lsr-os eval` of the bundled model on a few photos, in the node."""
    write_split_file(tmp_path / "data", PHOTO_COUNT)
    kind = "sparse_vector" if lacks_rank_features(node) else "rank_features"
    return [*evaluation(tmp_path), "--url", node.url, "--field-type", kind]


def lacks_rank_features(node: Endpoint) -> bool:
    return node.kind is not None and node.kind.name == "elasticsearch"


def evaluation(folder: Path) -> list[str]:
    data = ["--data", str(folder / "data"), "--images", str(PHOTOS)]
    return ["eval", "--model", "basic", *data, "--json"]


def left_behind(node: Endpoint) -> set[str]:
    """Indexes and aliases that evaluations have made and not removed."""
    found = node.request("GET", f"/{PREFIX}*?expand_wildcards=all").body
    return {*found, *(alias for one in found.values() for alias in one["aliases"])}


def scores(run: Path) -> dict[tuple[str, str], float]:
    rows = [line.split() for line in run.read_text().splitlines()]
    return {(query, document): float(score) for query, _, document, _, score, _ in rows}


def test_a_cluster_finds_with_the_same_scores_as_a_file(
    lsr_os: Command, arguments: list[str], tmp_path: Path
) -> None:
    there = lsr_os(*arguments, "--runs", "there")
    assert there.status == 0, there.err
    here = lsr_os(*evaluation(tmp_path), "--runs", "here")
    one, other = (json.loads(done.out) for done in (here, there))
    check_figures(one)
    check_figures(other)
    for figure in ("t2i", "i2t", "flops", "exact@20", "images"):
        assert one[figure] == other[figure]
    for name in ("t2i.run", "i2t.run"):
        assert scores(tmp_path / "there" / name) == pytest.approx(
            scores(tmp_path / "here" / name), rel=1e-5
        )


def test_nothing_is_left_in_the_cluster(
    lsr_os: Command, arguments: list[str], node: Endpoint
) -> None:
    before = left_behind(node)
    assert lsr_os(*arguments).status == 0
    assert left_behind(node) <= before


def test_nothing_is_left_where_the_index_cannot_be_made(
    lsr_os: Command, opensearch_node: Endpoint, tmp_path: Path
) -> None:
    write_split_file(tmp_path / "data", PHOTO_COUNT)
    before = left_behind(opensearch_node)
    where = ["--url", opensearch_node.url, "--field-type", "sparse_vector"]
    done = lsr_os(*evaluation(tmp_path), *where)
    assert done.status == 1
    assert "no sparse_vector" in done.err
    assert left_behind(opensearch_node) <= before


def test_nothing_is_left_after_an_error_while_searching(node: Endpoint) -> None:
    before = left_behind(node)
    kind = {"field_type": "sparse_vector"} if lacks_rank_features(node) else {}

    def fail() -> None:
        with passing_in_cluster(node.url, insecure=False, ca_certs=None, **kind) as index:
            fill(index, {"a": {"dog": 1.0}})
            assert left_behind(node) > before
            raise ZeroDivisionError

    with click.Context(click.Command("eval")), pytest.raises(ZeroDivisionError):
        fail()
    assert left_behind(node) <= before


@pytest.mark.parametrize("delay_s", [0, 0.05, 0.2])
def test_nothing_is_left_after_an_interruption(
    delay_s: float, opensearch_node: Endpoint, tmp_path: Path
) -> None:
    write_split_file(tmp_path / "data", PHOTO_COUNT)
    before = left_behind(opensearch_node)
    where = ["--url", opensearch_node.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", *evaluation(tmp_path), *where],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while left_behind(opensearch_node) <= before:
        assert process.poll() is None
    time.sleep(delay_s)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert left_behind(opensearch_node) <= before
