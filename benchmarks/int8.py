"""What queries through a network in int8 cost, on the planted data set.

.venv-torch/bin/python -m benchmarks.int8

Trains a small head, exports it with its text network in int8, and looks for the images of the test
split by their captions: through each of the two networks, a batch at once and one by one.
"""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.results import tell
from lsr_opensearch.datasets.planted.settings import Sizes
from lsr_opensearch.datasets.planted.writing import write_planted
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.terms import TermWeights, dot
from lsr_opensearch.training.d2s.run import Inputs, train_on
from lsr_opensearch.training.d2s.settings import PRESETS
from lsr_opensearch.training.difference import difference
from lsr_opensearch.training.exported import Wish, export_model

SETTINGS = replace(PRESETS["quick"], batch=128, epochs=15)


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        data, exact, small = (Path(work) / name for name in ("planted", "fp32", "int8"))
        write_planted(data, sizes=Sizes(1000, 60, 200))
        train_on(Inputs(data), SETTINGS, exact)
        export_model(exact, small, Wish("int8", "query"))
        dataset = read_dataset(data).split("test")
        encoder: Any = load_encoder(exact)
        images = encoder.encode_vectors(dataset.image_vectors)
        relevant = dataset.image_of_caption.tolist()
        rows = []
        said: list[TermWeights] = []
        for folder in (exact, small):
            encoder = load_encoder(folder)
            batched = encoder.encode_queries(dataset.captions)
            single = [encoder.encode_queries([caption])[0] for caption in dataset.captions]
            said = said or batched
            for name, queries in (("batch", batched), ("one by one", single)):
                unlike = difference(said, queries)
                rows.append(
                    {
                        "network": folder.name,
                        "queries": name,
                        "bytes": (folder / "text.onnx").stat().st_size,
                        "R@1": _recall(queries, images, relevant),
                        "largest difference": unlike.largest,
                        "largest weight": unlike.largest_weight,
                        "top 20 kept": 100 * unlike.agreement,
                    }
                )
        tell("int8", rows, captions=len(relevant), images=len(images))


def _recall(queries: list[TermWeights], images: list[TermWeights], relevant: list[int]) -> float:
    """Of the queries, percent whose image is first."""
    found = []
    for query, wanted in zip(queries, relevant, strict=True):
        scores = [dot(query, image) for image in images]
        found.append(100.0 * (scores[wanted] == max(scores)))
    return statistics.fmean(found)


if __name__ == "__main__":
    main()
