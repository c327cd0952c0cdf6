"""`lsr-os eval`"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import ModelError

from .options import json_option
from .output import print_json, print_table, working

if TYPE_CHECKING:
    from lsr_opensearch.datasets.dataset import DenseDataset
    from lsr_opensearch.evaluation.evaluate import Evaluation

_FACTS = {
    "flops": "FLOPs: words that a text and an image share",
    "exact@20": "Exact@20: own words among a text's 20 heaviest, percent",
    "semantic@20": "Semantic@20: how near those are to its own words, 0 to 1",
    "terms_image": "words of an image",
    "terms_text": "words of a text",
    "kendall": "agreement with the dense model, Kendall's tau",
    "index_bytes": "index of the images, bytes",
    "query_ms": "search, median ms",
    "encode_ms": "encoding a query by the network, ms",
}


@click.command("eval")
@click.option("--model", required=True, metavar="DIR", help="The model to evaluate.")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A data set of dense vectors.",
)
@click.option("--split", default="test", show_default=True)
@click.option(
    "--word-vectors",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What words mean, for Semantic@20. [default: the data set's own, if it has them]",
)
@click.option("--url", metavar="URL", help="A cluster to search in. [default: a passing file]")
@click.option(
    "--runs", type=click.Path(path_type=Path), metavar="DIR", help="Write runs and qrels there."
)
@json_option
def command(
    model: str,
    data: Path,
    split: str,
    word_vectors: Path | None,
    url: str | None,
    runs: Path | None,
    as_json: bool,
) -> None:
    """Measure a model on a data set: how well it finds, what it costs, whether its words fit.

    \b
      lsr-os eval --model model --data planted
      lsr-os eval --model model --data planted --split val --json

    R@k is the share of queries with anything relevant among their first k hits. FLOPs is the
    expected number of words that a query and a document share.
    """
    from lsr_opensearch.datasets.published import read_dataset
    from lsr_opensearch.evaluation.evaluate import evaluate

    encoder = load_encoder(model)
    if not hasattr(encoder, "encode_vectors"):
        raise ModelError(
            f"The model {encoder.description.name!r} does not encode dense vectors, and {data} "
            "holds nothing else.",
            "Evaluate a D2S model.",
        )
    dataset = read_dataset(data).split(split)
    meanings = _meanings(word_vectors or _own(data))
    with working("encoding and searching"):
        found = evaluate(encoder, dataset, lambda: _passing_index(url), meanings)
        table = _with_table(encoder, dataset)
    if runs is not None:
        _write_runs(runs, found, dataset)
    if as_json:
        print_json({"model": model, "data": str(data), "split": split, **found.as_json()} | table)
    else:
        _show(found, table)


def _own(data: Path) -> Path | None:
    from lsr_opensearch.datasets.planted.writing import WORD_VECTORS_FILE

    file = data / WORD_VECTORS_FILE
    return file if file.exists() else None


def _meanings(file: Path | None) -> Mapping[str, Any] | None:
    """Word -> its vector, of length 1."""
    if file is None:
        return None
    import numpy as np

    from lsr_opensearch.datasets.parquet import read_vectors

    words, vectors = read_vectors(file)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return dict(zip(words, vectors, strict=True))


@contextmanager
def _passing_index(url: str | None) -> Iterator[Index]:
    """An index of its own name, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lsr-os-eval-") as folder:
        place = url or os.path.join(folder, "index.sqlite")
        index = open_engine(place, f"lsr-os-eval-{uuid.uuid4().hex[:12]}")
        try:
            yield index
        finally:
            try:
                index.drop()
            finally:
                index.close()


def _with_table(encoder: Any, dataset: DenseDataset) -> dict[str, Any]:
    """Text to image where queries go by the table, without any network, and what that takes."""
    from lsr_opensearch.evaluation.table import evaluate_table

    return {"table": evaluate_table(encoder, dataset, lambda: _passing_index(None))}


def _write_runs(folder: Path, found: Evaluation, dataset: DenseDataset) -> None:
    from lsr_opensearch.evaluation.evaluate import judgements
    from lsr_opensearch.evaluation.runs import write_qrels, write_run

    folder.mkdir(parents=True, exist_ok=True)
    for name, relevant in judgements(dataset).items():
        got = found.found[name]
        write_run(folder / f"{name}.run", got.run, got.scores, "lsr-os")
        write_qrels(folder / f"{name}.qrels", relevant)


def _show(found: Evaluation, table: Mapping[str, Any]) -> None:
    measured = ("R@1", "R@5", "R@10", "MRR@10")
    lines = {
        "text to image": found.t2i.as_json(),
        "text to image, queries by table": table["table"],
        "text to image, dense": found.dense["t2i"].as_json(),
        "image to text": found.i2t.as_json(),
        "image to text, dense": found.dense["i2t"].as_json(),
    }
    print_table(
        ("", *measured),
        [(name, *(f"{values[one]:.1f}" for one in measured)) for name, values in lines.items()],
        numeric=measured,
    )
    facts = found.as_json() | {"encode_ms": table["table"]["network_encode_ms"]}
    print_table(
        ("", "measured"),
        [(title, facts[name]) for name, title in _FACTS.items() if facts[name] is not None],
        numeric=("measured",),
    )
