"""A whole D2S training: from the folder of a data set to a model directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.planted.writing import DENSE_MODEL_FOLDER, WORD_VECTORS_FILE
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import DenseModel, load_dense_model
from lsr_opensearch.device import gpu_memory, usable_device
from lsr_opensearch.encoders.networks.files import TOKENIZER
from lsr_opensearch.errors import TrainingError
from lsr_opensearch.training.about import About
from lsr_opensearch.training.checkpoints import CHECKPOINT_FILE, check_out
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.export import LIMITS, write_model
from lsr_opensearch.training.d2s.fit import check_encodes, check_fits
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.settings import D2SSettings
from lsr_opensearch.training.d2s.start import head_from_mlm, head_from_word_vectors, mlm_folder
from lsr_opensearch.training.d2s.trainer import OnStep, Trained, train_d2s
from lsr_opensearch.training.log import write_log
from lsr_opensearch.training.making import making, shown_name
from lsr_opensearch.training.plot import plot_log
from lsr_opensearch.training.splits import train_and_val
from lsr_opensearch.training.vocabulary import Vocabulary

LOG_FILE, PLOT_FILE = "training.csv", "training.png"


@dataclass(frozen=True)
class Inputs:
    """What a training starts from.

    Attributes:
        data: the folder of a data set of dense vectors.
        dense_model: the dense model, as `load_dense_model` takes it; by default the data
            set's own, if it has one.
        mlm_head: the masked language model that the vocabulary starts from; by default the word
            vectors of the data set.
        device: ``cpu`` or ``cuda``.
    """

    data: Path
    dense_model: str | os.PathLike[str] | None = None
    mlm_head: str | None = None
    device: str = "cpu"


def train_on(
    inputs: Inputs, settings: D2SSettings, out: Path, on_step: OnStep | None = None
) -> Trained:
    """Train a head, and leave the model directory ``out``; begun before, go on.

    Raises:
        UsageError: ``out`` holds something else or cannot be made, or the device cannot be used.
        DatasetError, ModelError, TrainingError: an input cannot be used, or the training failed.
    """
    check_out(out)
    dataset = read_dataset(inputs.data)
    splits = train_and_val(dataset, inputs.data)
    dense = _dense_model(inputs)
    if dense is not None:
        check_fits(dataset.width, f"{inputs.data} has", dense)
        check_encodes(dense, dataset, inputs.data)
    vocabulary = _vocabulary(inputs, dense)
    device = usable_device(inputs.device)
    torch.manual_seed(settings.seed)
    head = _head(inputs, vocabulary, dataset)
    elsewhere = "Free some of it, or train on the processor: --device cpu"
    with gpu_memory(f"the vectors of {inputs.data}", elsewhere, TrainingError):
        train, validation = (Examples.of(split, vocabulary, device) for split in splits)
        head = head.to(device)
    out.mkdir(parents=True, exist_ok=True)
    trained = train_d2s(head, train, validation, settings, out, on_step)
    rows = trained.progress.rows
    write_log(out / LOG_FILE, rows)
    plot_log(
        out / PLOT_FILE, rows, f"D2S on {inputs.data.resolve().name}, control: {settings.control}"
    )
    about = _about(out.resolve().name, inputs.data.resolve().name, _facts(trained, inputs, dense))
    texts = (train.texts.cpu(), train.literal.cpu())
    write_model(out, trained.head, vocabulary, dense, texts, about)
    os.unlink(out / CHECKPOINT_FILE)
    return trained


def _dense_model(inputs: Inputs) -> DenseModel | None:
    own = inputs.data / DENSE_MODEL_FOLDER
    if inputs.dense_model is None and not own.exists():
        return None
    return load_dense_model(inputs.dense_model or own)


def _vocabulary(inputs: Inputs, dense: DenseModel | None) -> Vocabulary:
    if inputs.mlm_head and (file := mlm_folder(inputs.mlm_head) / TOKENIZER).exists():
        return Vocabulary(file)
    if dense is not None:
        return Vocabulary(dense.text.tokenizer_file)
    if (own := inputs.data / TOKENIZER).exists():
        return Vocabulary(own)
    raise TrainingError(
        f"{inputs.data} has no dense model and no {TOKENIZER}, so the vocabulary is not known.",
        "Give the folder of a masked language model with its tokenizer.json: --mlm-head DIR",
    )


def _head(inputs: Inputs, vocabulary: Vocabulary, dataset: DenseDataset) -> D2SHead:
    if inputs.mlm_head:
        return head_from_mlm(inputs.mlm_head, vocabulary, dataset.width)
    if not (file := inputs.data / WORD_VECTORS_FILE).exists():
        raise TrainingError(
            f"{inputs.data} has no {WORD_VECTORS_FILE}, so there is nothing that the words could "
            "start from.",
            "Name a masked language model, by folder or on the hub, such as "
            "distilbert/distilbert-base-uncased: --mlm-head NAME|DIR",
        )
    return head_from_word_vectors(file, vocabulary, dataset.width)


def _facts(trained: Trained, inputs: Inputs, dense: DenseModel | None) -> dict[str, Any]:
    named = {"dense_model": dense and dense.name, "mlm_head": inputs.mlm_head}
    return {
        **{what: shown_name(name) for what, name in named.items() if name},
        **making(trained.settings, trained.progress),
    }


def _about(name: str, trained_on: str, facts: dict[str, Any]) -> About:
    return About(
        name=name,
        summary=f"A D2S head (arXiv 2402.17535), trained on the vectors of {trained_on}.",
        limits=LIMITS,
        licence="Yours; mind those of the data and of the dense model.",
        metrics=facts["metrics"],
        making={key: fact for key, fact in facts.items() if key != "metrics"},
    )
