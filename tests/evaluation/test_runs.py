"""Run files: other tools must find in them what we have measured."""

from __future__ import annotations

from pathlib import Path

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, Success

from lsr_opensearch.errors import DatasetError
from lsr_opensearch.evaluation.ranking import effectiveness
from lsr_opensearch.evaluation.runs import read_qrels, read_run, write_qrels, write_run

RELEVANT = {f"q{number}": [f"d{number % 30}", f"d{(7 * number) % 30}"] for number in range(80)}


def random_run() -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    """With many equal scores, which tools order by themselves."""
    random = np.random.default_rng(0)
    run = {query: [f"d{one}" for one in random.permutation(30)[:10]] for query in RELEVANT}
    scores = {query: sorted(random.integers(1, 4, 10).tolist())[::-1] for query in run}
    return run, scores


def test_ir_measures_finds_the_same_figures(tmp_path: Path) -> None:
    run, scores = random_run()
    write_run(tmp_path / "a.run", run, scores, "t")
    write_qrels(tmp_path / "a.qrels", RELEVANT)
    theirs = ir_measures.calc_aggregate(
        [Success @ 1, Success @ 5, Success @ 10, RR @ 10],
        list(ir_measures.read_trec_qrels(str(tmp_path / "a.qrels"))),
        list(ir_measures.read_trec_run(str(tmp_path / "a.run"))),
    )
    ours = effectiveness(run, RELEVANT)
    for k in (1, 5, 10):
        assert ours.recall[k] == pytest.approx(100 * theirs[Success @ k])
    assert ours.mrr_at_10 == pytest.approx(100 * theirs[RR @ 10])


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    run, scores = random_run()
    write_run(tmp_path / "a.run", run, scores, "t")
    write_qrels(tmp_path / "a.qrels", RELEVANT)
    assert read_run(tmp_path / "a.run") == run
    assert read_qrels(tmp_path / "a.qrels") == {q: set(found) for q, found in RELEVANT.items()}


def test_scores_are_written_as_they_are_but_for_the_least_bit(tmp_path: Path) -> None:
    write_run(tmp_path / "a.run", {"q": ["a", "b", "c"]}, {"q": [12.3456789, 0.5, 0.5]}, "t")
    written = [float(line.split()[4]) for line in (tmp_path / "a.run").read_text().splitlines()]
    assert written == pytest.approx([12.3456789, 0.5, 0.5], rel=1e-6)
    assert written[2] < written[1]


@pytest.mark.parametrize("one", ["a b", "", "a\u2028"])
def test_ids_that_no_column_can_hold_are_refused(one: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be written"):
        write_run(tmp_path / "a.run", {"q": [one]}, {"q": [1.0]}, "t")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("q Q0 d 1", "line 2: 4 columns in place of 6"), ("q Q0 d 1 x t", "line 2: 'x' is no number")],
)
def test_a_damaged_run_is_told_by_its_line(line: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.run").write_text(f"q Q0 c 1 2.5 t\n{line}\n")
    with pytest.raises(DatasetError, match=complaint):
        read_run(tmp_path / "a.run")


def test_judgements_of_nothing_relevant_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.qrels").write_text("q 0 d 0\n")
    with pytest.raises(DatasetError, match="nothing relevant"):
        read_qrels(tmp_path / "a.qrels")
