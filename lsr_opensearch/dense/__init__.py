"""Frozen dense encoders: images and texts -> vectors of length 1. Needs the extra ``torch``."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.tower import ImageTower, TextTower
from lsr_opensearch.errors import ModelError

__all__ = ["DenseModel", "ImageTower", "TextTower", "load_dense_model"]

DESCRIPTION_FILE = "dense.json"


def load_dense_model(name: str | os.PathLike[str]) -> DenseModel:
    """The dense model in a folder.

    Raises:
        ModelError: there is none, or one of an unknown kind.
    """
    folder = Path(name)
    path = folder / DESCRIPTION_FILE
    try:
        kind = json.loads(path.read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder} is not the folder of a dense model ({error}).",
            f"It has a {DESCRIPTION_FILE} that names its kind.",
        ) from error
    if kind == "bag_of_words":
        from lsr_opensearch.dense.bag_of_words import BagOfWords

        return DenseModel(str(folder), BagOfWords.load(folder))
    raise ModelError(
        f"{folder} holds a dense model of the kind {kind!r}, which this version cannot run.",
        "Known kinds: bag_of_words.",
    )
