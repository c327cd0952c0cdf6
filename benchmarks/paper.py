"""The claims of the D2S paper on the planted data set.

.venv-torch/bin/python -m benchmarks.paper [SEEDS]

Trains a head with each kind of expansion control, and with other schedules of p, and evaluates it
on the test split. Figures are means over the seeds, with half the range between them behind "+-".
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.results import tell
from lsr_opensearch.datasets.parquet import read_vectors
from lsr_opensearch.datasets.planted.writing import WORD_VECTORS_FILE, write_planted
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.port import Index
from lsr_opensearch.evaluation.evaluate import evaluate
from lsr_opensearch.training.d2s.run import Inputs, train_on
from lsr_opensearch.training.d2s.settings import PRESETS, D2SSettings

QUICK = PRESETS["quick"]
WAYS: dict[str, D2SSettings] = {
    "no control": replace(QUICK, control="none"),
    "caption level": replace(QUICK, control="caption"),
    "word level": replace(QUICK, control="word"),
    "both": replace(QUICK, control="both"),
    "both, fixed p of 0.5": replace(QUICK, control="both", schedule="fixed"),
}
COLUMNS = ("R@1", "MRR@10", "FLOPs", "Exact@20", "Semantic@20", "words/image", "words/text", "tau")


def main(seeds: int) -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        write_planted(folder / "planted")
        found = {
            name: [
                _measured(folder, replace(settings, seed=seed), f"{place}-{seed}")
                for seed in range(seeds)
            ]
            for place, (name, settings) in enumerate(WAYS.items())
        }
    rows = [
        {"control": name}
        | {column: _summary([one[column] for one in runs]) for column in COLUMNS}
        | {"train_s": statistics.fmean(one["train_s"] for one in runs)}
        for name, runs in found.items()
    ]
    dense = found["no control"][0]["dense"]
    tell("paper", rows, seeds=seeds, dense_R1=dense["R@1"], dense_MRR10=dense["MRR@10"])


def _measured(folder: Path, settings: D2SSettings, name: str) -> dict[str, Any]:
    data, out = folder / "planted", folder / name
    trained = train_on(Inputs(data), settings, out)
    words, vectors = read_vectors(data / WORD_VECTORS_FILE)

    @contextmanager
    def new_index() -> Iterator[Index]:
        with tempfile.TemporaryDirectory() as place:
            index = open_engine(f"{place}/index.sqlite", "evaluated")
            try:
                yield index
            finally:
                index.close()

    encoder: Any = load_encoder(out)
    dataset = read_dataset(data).split("test")
    shown = evaluate(encoder, dataset, new_index, dict(zip(words, vectors, strict=True))).as_json()
    print(name, shown, flush=True)
    return {
        "R@1": shown["t2i"]["R@1"],
        "MRR@10": shown["t2i"]["MRR@10"],
        "FLOPs": shown["flops"],
        "Exact@20": shown["exact@20"],
        "Semantic@20": shown["semantic@20"],
        "words/image": shown["terms_image"],
        "words/text": shown["terms_text"],
        "tau": shown["kendall"],
        "train_s": trained.progress.seconds,
        "dense": shown["dense"]["t2i"],
    }


def _summary(values: list[float]) -> str:
    middle, spread = statistics.fmean(values), (max(values) - min(values)) / 2
    digits = 3 if middle < 1 else 1
    return f"{middle:.{digits}f}" + (f" +-{spread:.{digits}f}" if len(values) > 1 else "")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
