"""`lsr-os compare`"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from lsr_opensearch.evaluation.runs import write_qrels, write_run
from tests.conftest import Finished

Command = Callable[..., Finished]
QUERIES = [f"q{number}" for number in range(200)]


def write(folder: Path, found: int, relevant: Mapping[str, Sequence[str]] | None = None) -> None:
    """Runs in both directions that find the first ``found`` queries, and nothing for the others."""
    folder.mkdir()
    relevant = relevant or {query: [f"d{query}"] for query in QUERIES}
    run = {query: [f"d{query}"] for query in list(relevant)[:found]}
    for name in ("t2i", "i2t"):
        write_run(folder / f"{name}.run", run, {query: [1.0] for query in run}, "t")
        write_qrels(folder / f"{name}.qrels", relevant)


def test_a_large_difference_is_significant_and_a_small_one_is_not(
    lsr_os: Command, tmp_path: Path
) -> None:
    for name, found in (("a", 100), ("b", 101), ("c", 150)):
        write(tmp_path / name, found)
    small = json.loads(lsr_os("compare", "a", "b", "--json").out)
    assert small["t2i"]["R@1"] == pytest.approx(
        {"first": 50, "second": 50.5, "difference": 0.5, "low": 0, "high": 1.5, "p": 1}
    )
    large = json.loads(lsr_os("compare", "a", "c", "--json").out)
    assert large["i2t"]["MRR@10"]["difference"] == 25
    assert large["i2t"]["MRR@10"]["p"] == pytest.approx(1 / 10_001, abs=1e-5)
    assert large["i2t"]["MRR@10"]["low"] > 15
    assert large["queries"] == {"t2i": 200, "i2t": 200}


def test_people_get_a_table(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 100)
    write(tmp_path / "b", 150)
    done = lsr_os("compare", "a", "b")
    assert done.out.splitlines()[0].startswith("t2i R@1\t50.0\t75.0\t+25.00\t+")
    assert len(done.out.splitlines()) == 6


def test_two_files_are_compared(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 100)
    write(tmp_path / "b", 150)
    done = lsr_os("compare", "a/i2t.run", "b/i2t.run", "--json")
    assert "t2i" not in json.loads(done.out)


def test_runs_over_different_queries_are_refused(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    write(tmp_path / "b", 5, {query: [f"d{query}"] for query in QUERIES[:-2]})
    for first, second in (("a", "b"), ("b", "a")):
        done = lsr_os("compare", first, second)
        assert done.status == 1
        assert "are over different queries: 2 of the first, such as q198" in done.err


def test_other_judgements_of_the_same_queries_are_refused(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    write(tmp_path / "b", 5, {query: ["dq3"] for query in QUERIES})
    done = lsr_os("compare", "a", "b")
    assert "The query q0 has other relevant documents" in done.err


def test_a_run_without_its_judgements_is_refused(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    write(tmp_path / "b", 5)
    (tmp_path / "b" / "t2i.qrels").unlink()
    done = lsr_os("compare", "a", "b")
    assert done.status == 1
    assert "There is no file b/t2i.qrels. `lsr-os eval" in done.err.replace("\n ", "")


def test_a_folder_and_a_file_are_not_compared(lsr_os: Command, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    done = lsr_os("compare", "a", "a/t2i.run")
    assert done.status == 2
