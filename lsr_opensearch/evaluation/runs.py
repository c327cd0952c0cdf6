"""Runs and judgements as files that trec_eval, ir_measures and pyserini read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsr_opensearch.evaluation.ranking import Relevant, Run


def write_run(path: Path, run: Run, scores: Mapping[str, Sequence[float]], tag: str) -> None:
    """``query Q0 document rank score tag`` a line."""
    lines = [
        f"{query} Q0 {hit} {rank} {score:.6f} {tag}\n"
        for query, hits in run.items()
        for rank, (hit, score) in enumerate(zip(hits, scores[query], strict=True), 1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def write_qrels(path: Path, relevant: Relevant) -> None:
    """``query 0 document 1`` a line."""
    lines = [f"{query} 0 {one} 1\n" for query, wanted in relevant.items() for one in sorted(wanted)]
    path.write_text("".join(lines), encoding="utf-8")
