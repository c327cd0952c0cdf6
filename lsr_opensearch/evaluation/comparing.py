"""Two runs over the same queries, from files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lsr_opensearch.errors import DatasetError, UsageError
from lsr_opensearch.evaluation.ranking import Relevant, Run
from lsr_opensearch.evaluation.runs import read_qrels, read_run

DIRECTIONS = ("t2i", "i2t")
_SAME = "Evaluate both models on the same data set and split."


@dataclass(frozen=True)
class Pair:
    """Two runs with the judgements that are common to them, by the name of the first's file."""

    name: str
    first: Run
    second: Run
    relevant: Relevant


def read_pairs(first: Path, second: Path) -> list[Pair]:
    """Of two folders the runs in both directions; of two files, these.

    Raises:
        UsageError: one is a folder and the other is not.
        DatasetError: a file is missing or damaged, or the runs are over different queries.
    """
    if first.is_dir() != second.is_dir():
        raise UsageError(
            f"Of {first} and {second}, one is a folder and the other is not.",
            "Compare two folders that `lsr-os eval --runs` has written, or two .run files.",
        )
    return [_pair(one, other) for one, other in zip(_runs(first), _runs(second), strict=True)]


def _runs(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    for name in DIRECTIONS:
        yield place / f"{name}.run"


def _pair(first: Path, second: Path) -> Pair:
    (run, relevant), (other_run, others) = _judged(first), _judged(second)
    _check(first, second, relevant, others)
    _check(second, first, others, relevant)
    for query, wanted in relevant.items():
        if wanted != others[query]:
            raise DatasetError(
                f"The query {query} has other relevant documents in {first} than in {second}.",
                _SAME,
            )
    return Pair(first.stem, run, other_run, relevant)


def _judged(path: Path) -> tuple[Run, dict[str, set[str]]]:
    """A run, and the judgements beside it."""
    qrels = path.with_suffix(".qrels")
    run, relevant = read_run(path), read_qrels(qrels)
    _check(path, qrels, run, relevant)
    return run, relevant


def _check(path: Path, other: Path, queries: Collection[str], known: Collection[str]) -> None:
    unknown = [query for query in queries if query not in known]
    if unknown:
        raise DatasetError(
            f"{path} and {other} are over different queries: {len(unknown):,} of the first, such "
            f"as {unknown[0]}, are none of the second.",
            _SAME,
        )
