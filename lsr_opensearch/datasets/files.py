"""The files of a data set, and whether a folder is one; imports nothing heavy."""

from __future__ import annotations

import os
from pathlib import Path

IMAGES_FILE = "img_embs.parquet"
TEXTS_FILE = "text_embs.parquet"
META_FILE = "dataset_meta.json"


def is_dataset(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a data set of dense vectors, not one of pictures."""
    return all((Path(folder) / name).is_file() for name in (META_FILE, IMAGES_FILE))
