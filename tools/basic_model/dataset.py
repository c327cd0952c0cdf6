"""The pictures that `basic` is trained from as a data set of dense vectors, for D2S.

    python -m tools.basic_model.dataset --work WORK --out DIR

Needs the extra ``torch``, and a build whose stage "dense" is done. A picture's vector is the one
that the head of `basic` is trained on (`dense.py`), a caption's is that of all-MiniLM-L6-v2, in the
same space. The words are those that the head of `basic` knows; their vectors, which a head starts
from and Semantic@20 is measured with, are those of all-MiniLM-L6-v2 for each word alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.parquet import write_vectors
from lsr_opensearch.datasets.planted.writing import WORD_VECTORS_FILE
from lsr_opensearch.datasets.published import write_dataset
from lsr_opensearch.datasets.word_tokenizer import write_word_tokenizer
from lsr_opensearch.encoders.networks.files import TOKENIZER
from tools.basic_model.dense import DenseEncoder, class_weights
from tools.basic_model.training_data import TrainingData
from tools.basic_model.workspace import Workspace


def write(work: Workspace, out: Path) -> DenseDataset:
    """Write the data set, with the tokenizer beside it as ``tokenizer.json``."""
    data = TrainingData.load(work)
    encoder = DenseEncoder.load(work, data)
    texts = [caption for row in data.rows for caption in row.captions]
    dataset = DenseDataset(
        image_ids=tuple(row.id for row in data.rows),
        image_splits=tuple(row.split for row in data.rows),
        caption_ids=tuple(str(number) for number in range(len(texts))),
        captions=tuple(texts),
        image_of_caption=data.owner.numpy().astype(np.intp),
        image_vectors=_numbers(encoder.picture(data.pooled, class_weights(data.logits))),
        caption_vectors=_numbers(data.text_vectors(data.captions)),
    )
    write_dataset(out, dataset, "basic")
    words = work.file("head-words.txt").read_text().split()
    vectors = torch.tensor(np.load(work.file("texts.npz"))["words"])
    write_vectors(out / WORD_VECTORS_FILE, words, _numbers(data.text_vectors(vectors)))
    write_word_tokenizer(out / TOKENIZER, words)
    return dataset


def _numbers(vectors: Tensor) -> np.ndarray:
    return np.ascontiguousarray(vectors.numpy(), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    dataset = write(Workspace(given.work), given.out)
    print(f"{given.out}: {len(dataset.image_ids):,} images, {len(dataset.captions):,} captions")


if __name__ == "__main__":
    main()
