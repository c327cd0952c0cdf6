"""Stage "bundle": the files that the run time reads -> the output directory.

``model.json`` and the model card follow when the figures are there (`card`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from lsr_opensearch.encoders.basic.classes import TABLES_FILE
from lsr_opensearch.encoders.basic.colours import COLOURS
from lsr_opensearch.encoders.basic.image import NETWORK_FILE
from lsr_opensearch.encoders.basic.vocabulary import (
    IDF_FILE,
    IRREGULAR_FILE,
    NEIGHBOURS_FILE,
    WORDS_FILE,
)
from tools.basic_model import tables, wordnet
from tools.basic_model.head import SparseHead, head_words, word_vectors
from tools.basic_model.imagenet import ImageNetClasses
from tools.basic_model.neighbours import neighbour_bytes
from tools.basic_model.quantise import compress
from tools.basic_model.training_data import TrainingData
from tools.basic_model.workspace import Workspace


def run(work: Workspace, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(work.threads)
    compress(work.file("network.onnx"), out / NETWORK_FILE)
    words = head_words(work)
    nouns = wordnet.read_nouns(work.wordnet)
    class_words = tables.class_words(ImageNetClasses.load(), nouns, words)
    words += [colour for colour in COLOURS if colour not in words]
    np.savez_compressed(out / TABLES_FILE, **asdict(class_words))
    _write_words(work, out, words)
    data = TrainingData.load(work)
    word_texts = data.text_vectors(word_vectors(work))
    (out / NEIGHBOURS_FILE).write_bytes(neighbour_bytes(SparseHead.load(work), word_texts))
    for file in sorted(out.iterdir()):
        print(f"  {file.name}: {file.stat().st_size:,} bytes")


def _write_words(work: Workspace, out: Path, words: list[str]) -> None:
    captions = [c for row in work.rows() if row.split == "train" for c in row.captions]
    exceptions = wordnet.read_exceptions(work.wordnet, ("noun",))
    irregular = tables.irregular_plurals(exceptions, words)
    pairs = (f"{plural} {singular}\n" for plural, singular in sorted(irregular.items()))
    (out / WORDS_FILE).write_text("".join(f"{word}\n" for word in words))
    (out / IDF_FILE).write_bytes(tables.idf_bytes(words, captions))
    (out / IRREGULAR_FILE).write_text("".join(pairs))
