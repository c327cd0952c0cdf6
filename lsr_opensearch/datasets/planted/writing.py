"""A planted data set on disk: the published files, and the dense model that they came from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.parquet import write_vectors
from lsr_opensearch.datasets.planted.scenes import draw_caption, draw_scene
from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
from lsr_opensearch.datasets.planted.vectors import PlantedModel
from lsr_opensearch.datasets.published import write_dataset
from lsr_opensearch.errors import MissingExtraError
from lsr_opensearch.new_folder import check_new, new_folder

# What is written beside the three published files.
WORD_VECTORS_FILE = "word_vectors.parquet"
DENSE_MODEL_FOLDER = "dense_model"
CAPTIONS_EACH = 5


def planted_dataset(
    sizes: Sizes, settings: PlantedSettings, seed: int
) -> tuple[DenseDataset, PlantedModel]:
    """The data set and the model that encoded it; the same from the same arguments."""
    random = np.random.default_rng(seed)
    model = PlantedModel(settings, random)
    splits = ["train"] * sizes.train + ["val"] * sizes.val + ["test"] * sizes.test
    scenes = [draw_scene(random) for _ in splits]
    captions = [draw_caption(scene, random) for scene in scenes for _ in range(CAPTIONS_EACH)]
    dataset = DenseDataset(
        image_ids=tuple(f"{number}" for number in range(len(scenes))),
        image_vectors=model.image_vectors(scenes, random),
        caption_ids=tuple(f"{number}" for number in range(len(captions))),
        captions=tuple(captions),
        caption_vectors=model.text_vectors(captions),
        image_of_caption=np.repeat(np.arange(len(scenes)), CAPTIONS_EACH),
        image_splits=tuple(splits),
    )
    return dataset, model


def write_planted(
    out: Path,
    *,
    sizes: Sizes | None = None,
    settings: PlantedSettings | None = None,
    seed: int = 0,
) -> DenseDataset:
    """Write a planted data set into ``out``, which is made and must be empty if it exists.

    Beside the published files lie the true meanings of the words (``word_vectors.parquet``: what
    Semantic@k is measured with, and what a head's vocabulary starts from) and the dense model
    (``dense_model``), which can encode new texts.

    Raises:
        UsageError: ``out`` holds something already, or cannot be made.
        MissingExtraError: the packages for data sets are not installed.
    """
    check_new(out)
    dataset, model = planted_dataset(sizes or Sizes(), settings or PlantedSettings(), seed)
    with new_folder(out) as folder:
        write_dataset(folder, dataset, "planted")
        write_vectors(folder / WORD_VECTORS_FILE, model.words, model.meanings)
        _write_dense_model(folder / DENSE_MODEL_FOLDER, model)
    return dataset


def _write_dense_model(folder: Path, model: PlantedModel) -> None:
    try:
        from safetensors.numpy import save_file

        from lsr_opensearch.datasets.word_tokenizer import SPECIAL_TOKENS, write_word_tokenizer
    except ImportError:
        raise MissingExtraError("Writing a planted data set", "torch") from None
    folder.mkdir()
    width = model.settings.width
    special = np.zeros((len(SPECIAL_TOKENS), width), np.float32)
    save_file(
        {
            "word_vectors": np.concatenate([special, model.word_vectors]),
            "text_offset": model.text_offset,
        },
        folder / "model.safetensors",
    )
    write_word_tokenizer(folder / "tokenizer.json", model.words)
    (folder / "dense.json").write_text(
        json.dumps({"kind": "bag_of_words", "width": width}, indent=2) + "\n", encoding="utf-8"
    )
