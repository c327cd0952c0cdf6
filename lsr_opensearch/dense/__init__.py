"""Frozen dense encoders: images and texts -> vectors of length 1. Needs the extra ``torch``."""

from __future__ import annotations

import os
from pathlib import Path

from lsr_opensearch.dense.folder import DESCRIPTION_FILE, find_folder
from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.tower import ImageTower, TextTower
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import CONFIG_FILE, read_json

__all__ = ["DenseModel", "ImageTower", "TextTower", "load_dense_model"]

# Of folders of ours, and of those in the layout of transformers.
_KINDS = ("bag_of_words", "albef")
_ARCHITECTURES = ("blip", "clip")


def load_dense_model(name: str | os.PathLike[str]) -> DenseModel:
    """The dense model in a folder, or of the Hugging Face hub.

    Args:
        name: a folder with a ``dense.json``; a folder in the layout of transformers, with weights
            as safetensors; or the name of a repository on the hub that is one.

    Raises:
        ModelError: there is none, it cannot be fetched, is of an unknown kind, or a file of it is
            missing, damaged, or a pickle.
        MissingExtraError: huggingface_hub is not installed.
    """
    folder = find_folder(name)
    if (folder / DESCRIPTION_FILE).exists():
        return _of_ours(os.fspath(name), folder)
    if (folder / CONFIG_FILE).exists():
        return _of_transformers(os.fspath(name), folder)
    raise ModelError(
        f"{folder} is not the folder of a dense model: it has neither {DESCRIPTION_FILE} nor "
        f"{CONFIG_FILE}.",
        "Name the folder that the model's files are in.",
    )


def _of_ours(name: str, folder: Path) -> DenseModel:
    kind = read_json(folder / DESCRIPTION_FILE).get("kind")
    if kind == "bag_of_words":
        from lsr_opensearch.dense.bag_of_words import BagOfWords

        return DenseModel(name, BagOfWords.load(folder))
    if kind == "albef":
        from lsr_opensearch.dense.albef import load_albef

        return load_albef(name, folder)
    raise _unknown(folder, kind, _KINDS)


def _of_transformers(name: str, folder: Path) -> DenseModel:
    architecture = read_json(folder / CONFIG_FILE).get("model_type")
    if architecture == "blip":
        from lsr_opensearch.dense.blip import load_blip

        return load_blip(name, folder)
    if architecture == "clip":
        from lsr_opensearch.dense.clip import load_clip

        return load_clip(name, folder)
    raise _unknown(folder, architecture, _ARCHITECTURES)


def _unknown(folder: Path, kind: object, known: tuple[str, ...]) -> ModelError:
    return ModelError(
        f"{folder} holds a dense model of the kind {kind!r}, which this version cannot run.",
        f"Known kinds: {', '.join(known)}.",
    )
