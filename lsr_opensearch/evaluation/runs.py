"""Runs and judgements as files that trec_eval, ir_measures and pyserini read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from lsr_opensearch.errors import DatasetError
from lsr_opensearch.evaluation.ranking import Relevant, Run

_RUN_COLUMNS = ("query", "Q0", "document", "rank", "score", "tag")
_QRELS_COLUMNS = ("query", "0", "document", "relevance")


def check_ids(ids: Iterable[str]) -> None:
    """That run files can hold these ids.

    Raises:
        DatasetError: one has a space, or is empty.
    """
    for one in ids:
        _id(one)


def write_run(path: Path, run: Run, scores: Mapping[str, Sequence[float]], tag: str) -> None:
    """``query Q0 document rank score tag`` a line.

    Raises:
        DatasetError: an id has a space, which these files cannot hold.
    """
    lines = [
        f"{_id(query)} Q0 {_id(hit)} {rank} {score:.9g} {tag}\n"
        for query, hits in run.items()
        for rank, (hit, score) in enumerate(zip(hits, _falling(scores[query]), strict=True), 1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def write_qrels(path: Path, relevant: Relevant) -> None:
    """``query 0 document 1`` a line.

    Raises:
        DatasetError: an id has a space, which these files cannot hold.
    """
    lines = [
        f"{_id(query)} 0 {_id(one)} 1\n"
        for query, wanted in relevant.items()
        for one in sorted(wanted)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def read_run(path: Path) -> dict[str, list[str]]:
    """The hits of each query, by descending score; equal scores in the order of the file.

    Raises:
        DatasetError: it is missing or no run.
    """
    scored: dict[str, list[tuple[float, str]]] = {}
    for number, (query, _, document, _, score, _) in _rows(path, _RUN_COLUMNS):
        scored.setdefault(query, []).append((_number(path, number, score), document))
    return {
        query: [document for _, document in sorted(hits, key=lambda hit: -hit[0])]
        for query, hits in scored.items()
    }


def read_qrels(path: Path) -> dict[str, set[str]]:
    """What is relevant, that is, of a relevance above 0, to each query.

    Raises:
        DatasetError: it is missing, no judgements, or of nothing relevant.
    """
    relevant: dict[str, set[str]] = {}
    for number, (query, _, document, relevance) in _rows(path, _QRELS_COLUMNS):
        if _number(path, number, relevance) > 0:
            relevant.setdefault(query, set()).add(document)
    if not relevant:
        raise DatasetError(f"{path} holds nothing relevant.", "Write the runs again.")
    return relevant


def _falling(scores: Sequence[float]) -> Iterator[float]:
    """The scores in single precision, each below the one before, if only by the least bit.

    trec_eval, which reads single precision, orders by score alone; of equal scores it takes the
    ids backwards, whatever the rank says.
    """
    last = np.float32(np.inf)
    for score in scores:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        yield float(last)


def _id(one: str) -> str:
    if not one or any(character.isspace() for character in one):
        raise DatasetError(
            f"The id {one!r} cannot be written to a run file, where spaces part the columns.",
            "Evaluate without --runs, or give the images and captions ids without spaces.",
        )
    return one


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of a file, by their number from 1, in columns."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise DatasetError(
            f"There is no file {path}.", "`lsr-os eval ... --runs DIR` writes runs and judgements."
        ) from None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read: {error}.", "Write the runs again.") from error
    for number, line in enumerate(lines, 1):
        cells = line.split()
        if len(cells) == len(columns):
            yield number, cells
        elif cells:
            raise DatasetError(
                f"{path}, line {number}: {len(cells)} columns in place of {len(columns)}.",
                f"A line is: {' '.join(columns)}",
            )


def _number(path: Path, line: int, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DatasetError(
            f"{path}, line {line}: {text!r} is no number.", "Write the runs again."
        ) from None
