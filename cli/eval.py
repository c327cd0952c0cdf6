"""`lsr-os eval`"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import click

from lsr_opensearch.datasets.files import META_FILE, is_dataset
from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.engines import is_cluster
from lsr_opensearch.errors import ModelError, UsageError

from .index import FIELD_TYPES
from .options import json_option
from .output import print_json, print_table, working
from .progress import progress_bar
from .store import connection_options

if TYPE_CHECKING:
    from lsr_opensearch.datasets.dataset import Dataset, DenseDataset
    from lsr_opensearch.evaluation.evaluate import NewIndex
    from lsr_opensearch.evaluation.figures import Evaluation
    from lsr_opensearch.evaluation.word_vectors import WordVectors

# What `--model` calls the vectors of a data set themselves.
_DENSE = "dense"
_MEASURED = ("R@1", "R@5", "R@10", "MRR@10")
_FACTS = {
    "flops": "FLOPs: words that a text and an image share",
    "exact@20": "Exact@20: own words among a text's 20 heaviest, percent",
    "semantic@20": "Semantic@20: how near those are to its own words, 0 to 1",
    "terms_image": "words of an image",
    "terms_text": "words of a text",
    "kendall": "agreement with the dense model, Kendall's tau",
    "pearson": "the same, Pearson of the queries' reciprocal ranks",
    "index_bytes": "index of the images, bytes",
    "query_ms": "search, median ms",
}


@click.command("eval")
@click.option(
    "--model",
    required=True,
    metavar="NAME|DIR",
    help="The model to evaluate; dense: the dense vectors of the data set themselves.",
)
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A data set: dataset_meta.json (Karpathy's split file) with dense vectors or pictures.",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the pictures of the split file are; look at them even if there are dense vectors. "
    "[default: --data]",
)
@click.option("--split", default="test", show_default=True)
@click.option(
    "--word-vectors",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="What words mean, for Semantic@20: a Parquet file, or the folder of a language model. "
    "[default: the data set's own, if it has them]",
)
@click.option(
    "--url", metavar="URL", help="A cluster to search in. [default: a passing index file]"
)
@click.option(
    "--field-type",
    type=click.Choice(FIELD_TYPES),
    default=FIELD_TYPES[0],
    show_default=True,
    help="How the passing index in a cluster keeps term weights.",
)
@connection_options
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write runs, judgements and the figures there.",
)
@json_option
def command(
    model: str,
    data: Path,
    images: Path | None,
    split: str,
    word_vectors: Path | None,
    url: str | None,
    field_type: str,
    insecure: bool,
    ca_certs: str | None,
    runs: Path | None,
    as_json: bool,
) -> None:
    """Measure a model on a data set: how well it finds, what it costs, whether its words fit.

    \b
      lsr-os eval --model model --data planted
      lsr-os eval --model model --data planted --split val --json
      lsr-os eval --model basic --data flickr30k --images flickr30k-images --runs basic-runs

    R@k is the share of queries with anything relevant among their first k hits. FLOPs is the
    expected number of words that a query and a document share. Runs are compared by `lsr-os
    compare`, and figures shown side by side by `lsr-os report`.
    """
    from lsr_opensearch.evaluation.data_fingerprint import data_fingerprint
    from lsr_opensearch.evaluation.encoding import encode
    from lsr_opensearch.evaluation.evaluate import evaluate_dense, measure

    new_index = _new_index(url, field_type=field_type, insecure=insecure, ca_certs=ca_certs)
    if model == _DENSE:
        dense = _dense(data, split)
        if dense is None:
            raise UsageError(
                f"{data} has no dense vectors.", "Name a model, or make them: lsr-os data encode"
            )
        dataset: Dataset = dense
        _check_runs(runs, dataset)
        found = evaluate_dense(dense)
        meanings = None
    else:
        encoder = _encoder(model)
        dataset, dense = _dataset(data, images, split)
        _check_runs(runs, dataset)
        with working("reading word vectors"):
            meanings = _word_vectors(word_vectors, data)
        with progress_bar("encoding", quiet=False, unit="pictures and texts") as on_progress:
            encoded = encode(encoder, dataset, on_progress)
        with progress_bar("searching", quiet=False, unit="queries") as on_progress:
            given = meanings.vectors if meanings else None
            found = measure(encoded, dataset, new_index, given, dense, on_progress)
    shown = {
        "model": model,
        "data": str(data),
        "split": split,
        "fingerprint": data_fingerprint(dataset),
        **found.as_json(),
        "word_vectors": meanings.name if meanings else None,
    }
    # What took hours is shown first, whatever becomes of the files.
    if as_json:
        print_json(shown)
    else:
        _show(shown)
    if runs is not None:
        _write_runs(runs, found, dataset, shown)


def _new_index(url: str | None, **how: Any) -> NewIndex:
    from .passing_index import passing_file, passing_in_cluster

    if url is None:
        return passing_file
    if not is_cluster(url):
        raise UsageError(
            f"--url {url} is no cluster.", "Leave it out: a file is made, and removed afterwards."
        )
    return partial(passing_in_cluster, url, **how)


def _encoder(model: str) -> Encoder:
    try:
        return load_encoder(model)
    except ModelError as error:
        if Path(model).is_dir():
            error.next_step += (
                " A dense model is evaluated by the vectors that it makes: lsr-os data encode, "
                "then --model dense."
            )
        raise


def _dataset(data: Path, images: Path | None, split: str) -> tuple[Dataset, DenseDataset | None]:
    """What is encoded, and the dense vectors to compare with, where there are any."""
    dense = _dense(data, split)
    if dense is not None and images is None:
        return dense, dense
    from lsr_opensearch.datasets.pictures import read_pictures

    return read_pictures(data / META_FILE, images or data, split), dense


def _dense(data: Path, split: str) -> DenseDataset | None:
    if not is_dataset(data):
        return None
    from lsr_opensearch.datasets.published import read_dataset

    return read_dataset(data).split(split)


def _word_vectors(path: Path | None, data: Path) -> WordVectors | None:
    from lsr_opensearch.datasets.planted.writing import WORD_VECTORS_FILE
    from lsr_opensearch.evaluation.word_vectors import read_word_vectors

    own = data / WORD_VECTORS_FILE
    if path is None and not own.exists():
        return None
    return read_word_vectors(path or own)


def _check_runs(folder: Path | None, dataset: Dataset) -> None:
    """That runs of these ids can be written there, before anything takes its time."""
    from lsr_opensearch.evaluation.runs import check_ids

    if folder is None:
        return
    check_ids((*dataset.image_ids, *dataset.caption_ids))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write_runs(folder: Path, found: Evaluation, dataset: Dataset, shown: dict[str, Any]) -> None:
    import json

    from lsr_opensearch.evaluation.evaluate import judgements
    from lsr_opensearch.evaluation.report import FIGURES_FILE
    from lsr_opensearch.evaluation.runs import write_qrels, write_run

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, relevant in judgements(dataset).items():
            got = found.found[name]
            write_run(folder / f"{name}.run", got.run, got.scores, "lsr-os")
            write_qrels(folder / f"{name}.qrels", relevant)
        text = json.dumps(shown, indent=1, ensure_ascii=False) + "\n"
        (folder / FIGURES_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"The runs cannot be written to {folder} ({error.strerror or error}).",
        "Name another folder: --runs DIR",
    )


def _show(found: dict[str, Any]) -> None:
    dense, table = found["dense"] or {}, found["table"] or {}
    lines = {
        "text to image": found["t2i"],
        "text to image, queries by table": table,
        "text to image, dense": dense.get("t2i"),
        "image to text": found["i2t"],
        "image to text, dense": dense.get("i2t"),
    }
    print_table(
        ("", *_MEASURED),
        [
            (name, *(f"{values[one]:.1f}" for one in _MEASURED))
            for name, values in lines.items()
            if values
        ],
        numeric=_MEASURED,
    )
    facts = [(title, found[name]) for name, title in _FACTS.items()]
    facts += [
        ("encoding a query by the network, ms", table.get("network_encode_ms")),
        ("encoding a query by the table, ms", table.get("encode_ms")),
        ("word vectors of Semantic@20", found["word_vectors"]),
    ]
    print_table(
        ("", "measured"),
        [fact for fact in facts if fact[1] is not None],
        numeric=("measured",),
    )
