"""Karpathy's split files: which images there are, their captions, and which split they are in.

``images``, each with ``imgid``, ``split``, ``filename`` (and ``filepath``, a folder, in MSCOCO's)
and ``sentences``, each of those with ``sentid`` and ``raw``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lsr_opensearch.datasets.dataset import Dataset
from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE, TEXTS_FILE
from lsr_opensearch.errors import DatasetError


@dataclass(frozen=True)
class Listed(Dataset):
    """What a split file says, in its order.

    Attributes:
        file_names: of the images, relative to their folder; empty where it names none.
    """

    file_names: tuple[str, ...]


def read_split_file(path: Path) -> Listed:
    """Read a split file.

    Raises:
        DatasetError: it is missing or no split file, an image has no caption, or an id is there
            twice.
    """
    images: list[tuple[str, str, str]] = []
    captions: list[tuple[str, str, int]] = []
    for row, image in enumerate(_read(path)["images"]):
        try:
            name = "/".join(filter(None, (image.get("filepath"), image.get("filename"))))
            images.append((str(image["imgid"]), str(image["split"]), name))
            said = [(str(one["sentid"]), str(one["raw"]), row) for one in image["sentences"]]
        except (AttributeError, KeyError, TypeError) as error:
            raise DatasetError(
                f"{path}: image number {row} lacks {error}.",
                "An image has imgid, split and sentences; a sentence has sentid and raw.",
            ) from None
        if not said:
            raise DatasetError(
                f"{path}: the image {images[-1][0]} has no caption.", "Leave it out, or caption it."
            )
        captions += said
    image_ids, splits, names = zip(*images, strict=True) if images else ((), (), ())
    caption_ids, texts, rows = zip(*captions, strict=True) if captions else ((), (), ())
    check_unique(path, image_ids, "image")
    check_unique(path, caption_ids, "caption")
    return Listed(image_ids, splits, caption_ids, texts, np.array(rows, np.intp), names)


def write_split_file(
    path: Path, dataset: Dataset, name: str, file_names: Sequence[str] | None = None
) -> None:
    """Write a split file.

    Args:
        name: of the data set.
        file_names: of the images, relative to their folder; their ids by default.
    """
    sentences: list[list[dict[str, Any]]] = [[] for _ in dataset.image_ids]
    for caption_id, text, image in zip(
        dataset.caption_ids, dataset.captions, dataset.image_of_caption, strict=True
    ):
        sentences[image].append({"sentid": caption_id, "raw": text})
    images = [
        {"imgid": image_id, "filename": file_name, "split": split, "sentences": said}
        for image_id, file_name, split, said in zip(
            dataset.image_ids,
            file_names or dataset.image_ids,
            dataset.image_splits,
            sentences,
            strict=True,
        )
    ]
    # In ASCII: names of files need not be UTF-8, and come back as they were.
    text = json.dumps({"dataset": name, "images": images}, indent=1)
    path.write_text(text, encoding="utf-8")


def check_unique(path: Path, ids: Sequence[str], what: str) -> None:
    """That no id is there twice.

    Raises:
        DatasetError: one is.
    """
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise DatasetError(f"{path} lists the {what} {one} twice.", "Ids must differ.")
        seen.add(one)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DatasetError(
            f"{path.parent} is not a data set: it has no {path.name}.",
            f"A data set is a folder with {META_FILE}, {IMAGES_FILE} and {TEXTS_FILE}; "
            "`lsr-os data planted --out DIR` makes one.",
        ) from None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read: {error}.", "Fetch the file again.") from error
    if not isinstance(meta, Mapping) or not isinstance(meta.get("images"), list):
        raise DatasetError(
            f"{path} has no list of images.", "It must be a split file in Karpathy's format."
        )
    return meta
