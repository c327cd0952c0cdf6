"""Frozen dense encoders: images and texts -> vectors of length 1. Needs the extra ``torch``."""

from __future__ import annotations

import json
from pathlib import Path

from lsr_opensearch.dense.tower import TextTower
from lsr_opensearch.errors import ModelError

__all__ = ["TextTower", "load_text_tower"]

DESCRIPTION_FILE = "dense.json"


def load_text_tower(folder: Path) -> TextTower:
    """The text side of the dense model in a folder.

    Raises:
        ModelError: there is none, or one of an unknown kind.
    """
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

        return BagOfWords.load(folder)
    raise ModelError(
        f"{folder} holds a dense model of the kind {kind!r}, which this version cannot run.",
        "Known kinds: bag_of_words.",
    )
