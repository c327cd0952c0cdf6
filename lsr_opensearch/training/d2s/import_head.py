"""A published head and its dense model as a model directory, which ``--model DIR`` takes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import DenseModel, load_dense_model
from lsr_opensearch.errors import DatasetError
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.new_folder import check_new, new_folder
from lsr_opensearch.training.about import About
from lsr_opensearch.training.d2s.alone import WordsAlone
from lsr_opensearch.training.d2s.export import LIMITS, write_model
from lsr_opensearch.training.d2s.fit import check_encodes, check_fits
from lsr_opensearch.training.d2s.published import PublishedHead, read_published_head
from lsr_opensearch.training.making import shown_name
from lsr_opensearch.training.vocabulary import Vocabulary

_TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True)
class Parts:
    """What a model is put together from.

    Attributes:
        head: the head, as `read_published_head` takes it.
        dense_model: the dense model that it was trained for, as `load_dense_model` takes it.
        tokenizer: the folder or repository with the ``tokenizer.json`` that its words are of; by
            default that of the masked language model that the head names.
        data: a data set of dense vectors, whose captions the query table is made from; by default
            it is made from each word as a text of its own.
    """

    head: str | os.PathLike[str]
    dense_model: str | os.PathLike[str]
    tokenizer: str | os.PathLike[str] | None = None
    data: Path | None = None


def import_head(parts: Parts, out: Path) -> PublishedHead:
    """Write the model directory ``out``.

    Raises:
        UsageError: ``out`` holds something already, or cannot be made.
        ModelError: a part cannot be used, or they do not belong together.
        DatasetError: the data set cannot be used, or is of another dense model.
        MissingExtraError: huggingface_hub is not installed, and a part is no folder.
    """
    check_new(out)
    published = read_published_head(parts.head)
    dense = load_dense_model(parts.dense_model)
    check_fits(published.width, "The head takes", dense)
    folder = folder_of(parts.tokenizer or published.mlm_head, (_TOKENIZER_FILE,), "--tokenizer")
    vocabulary = Vocabulary(folder / _TOKENIZER_FILE)
    head = published.with_words(vocabulary)
    if parts.data is None:
        texts = _words(dense, vocabulary)
    else:
        texts = _captions(parts.data, vocabulary, published.width, dense)
    about = _about(out.resolve().name, published, dense)
    with new_folder(out) as folder:
        write_model(folder, head, vocabulary, dense, texts, about)
    return published


def _captions(
    data: Path, vocabulary: Vocabulary, width: int, dense: DenseModel
) -> tuple[Tensor, Tensor]:
    """The captions to train on of a data set, and the numbers of their words."""
    dataset = read_dataset(data)
    if dataset.width != width:
        raise DatasetError(
            f"The vectors of {data} have {dataset.width} numbers, and the head takes {width}.",
            "Give a data set of the dense model that the head was trained for: --data DIR",
        )
    check_encodes(dense, dataset, data)
    train = dataset.split("train")
    return torch.from_numpy(train.caption_vectors), vocabulary.literal(train.captions)


def _words(dense: DenseModel, vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Each word as the one word of a caption."""
    special = set(vocabulary.special)
    numbers = torch.tensor([n for n in range(len(vocabulary)) if n not in special])
    alone = WordsAlone(dense.text, vocabulary.tokens)
    return alone.vectors(numbers), numbers[:, None]


def _about(name: str, published: PublishedHead, dense: DenseModel) -> About:
    head, model = shown_name(published.name), shown_name(dense.name)
    return About(
        name=name,
        summary=f"The published D2S head {head} (arXiv 2402.17535), on {model}.",
        limits=LIMITS,
        licence="Those of the head, of the dense model and of the data that they saw.",
        making={"head": head, "dense_model": model},
        notes="Figures are those of its authors. Unlike in the published code, special tokens such "
        "as [CLS] weigh nothing.",
    )
