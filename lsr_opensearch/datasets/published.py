"""The format that the authors of D2S publish dense vectors in, a folder of three files.

- ``img_embs.parquet`` and ``text_embs.parquet``: ``id`` (string) and ``emb`` (a list of floats).
- ``dataset_meta.json``: Karpathy's split file: ``images``, each with ``imgid``, ``split`` and
  ``sentences``, each of those with ``sentid`` and ``raw``.

Source: the data sets ``lsr42/mscoco-blip-dense`` and its siblings, as
github.com/thongnt99/lsr-multimodal reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lsr_opensearch.datasets.dataset import DenseDataset, Vectors
from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE, TEXTS_FILE
from lsr_opensearch.datasets.parquet import read_vectors, write_vectors
from lsr_opensearch.errors import DatasetError

_SHOWN = 3


@dataclass(frozen=True)
class _Caption:
    """One sentence of the split file."""

    id: str
    text: str
    image: int


def read_dataset(directory: Path) -> DenseDataset:
    """Read a data set; images and captions keep the order of the split file.

    Raises:
        DatasetError: a file is missing or is not what it should be; an image or caption has no
            vector, a vector no image or caption; a vector is of another width or not finite.
        MissingExtraError: the packages that read Parquet are not installed.
    """
    meta = _read_meta(directory / META_FILE)
    image_ids, splits, captions = _listed(meta, directory / META_FILE)
    image_vectors = _in_order(directory / IMAGES_FILE, image_ids, "image")
    caption_ids = [caption.id for caption in captions]
    caption_vectors = _in_order(directory / TEXTS_FILE, caption_ids, "caption")
    if image_vectors.shape[1] != caption_vectors.shape[1]:
        raise DatasetError(
            f"{directory}: the vectors of images have {image_vectors.shape[1]} numbers, those of "
            f"captions {caption_vectors.shape[1]}.",
            "Both must come from one model: encode one of the files again.",
        )
    return DenseDataset(
        image_ids=tuple(image_ids),
        image_vectors=image_vectors,
        caption_ids=tuple(caption_ids),
        captions=tuple(caption.text for caption in captions),
        caption_vectors=caption_vectors,
        image_of_caption=np.array([caption.image for caption in captions], np.intp),
        image_splits=tuple(splits),
    )


def write_dataset(directory: Path, dataset: DenseDataset, name: str) -> None:
    """Write the three files; ``name`` goes into the split file."""
    directory.mkdir(parents=True, exist_ok=True)
    write_vectors(directory / IMAGES_FILE, dataset.image_ids, dataset.image_vectors)
    write_vectors(directory / TEXTS_FILE, dataset.caption_ids, dataset.caption_vectors)
    sentences: list[list[dict[str, Any]]] = [[] for _ in dataset.image_ids]
    for caption_id, text, image in zip(
        dataset.caption_ids, dataset.captions, dataset.image_of_caption, strict=True
    ):
        sentences[image].append({"sentid": caption_id, "raw": text})
    images = [
        {"imgid": image_id, "filename": image_id, "split": split, "sentences": said}
        for image_id, split, said in zip(
            dataset.image_ids, dataset.image_splits, sentences, strict=True
        )
    ]
    (directory / META_FILE).write_text(
        json.dumps({"dataset": name, "images": images}, ensure_ascii=False, indent=1),
        encoding="utf-8",
    )


def _read_meta(path: Path) -> Mapping[str, Any]:
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


def _listed(meta: Mapping[str, Any], path: Path) -> tuple[list[str], list[str], list[_Caption]]:
    """The images' ids and splits, and the captions, in the order of the file."""
    ids: list[str] = []
    splits: list[str] = []
    captions: list[_Caption] = []
    for row, image in enumerate(meta["images"]):
        try:
            ids.append(str(image["imgid"]))
            splits.append(str(image["split"]))
            said = [
                _Caption(str(one["sentid"]), str(one["raw"]), row) for one in image["sentences"]
            ]
        except (KeyError, TypeError) as error:
            raise DatasetError(
                f"{path}: image number {row} lacks {error}.",
                "An image has imgid, split and sentences; a sentence has sentid and raw.",
            ) from None
        if not said:
            raise DatasetError(
                f"{path}: the image {ids[-1]} has no caption.", "Leave it out, or caption it."
            )
        captions += said
    _check_unique(path, ids, "image")
    _check_unique(path, [caption.id for caption in captions], "caption")
    return ids, splits, captions


def _check_unique(path: Path, ids: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise DatasetError(f"{path} lists the {what} {one} twice.", "Ids must differ.")
        seen.add(one)


def _in_order(path: Path, ids: Sequence[str], what: str) -> Vectors:
    """The vectors of the ids, float32 [ids, width]."""
    found, vectors = read_vectors(path)
    _check_unique(path, found, what)
    rows = {one: row for row, one in enumerate(found)}
    missing = [one for one in ids if one not in rows]
    if missing:
        raise DatasetError(
            f"{path} has no vector for {_some(missing, what)} of {META_FILE}.",
            "The files must belong together: fetch all three again, or encode what is missing.",
        )
    if len(rows) > len(ids):
        known = set(ids)
        unknown = [one for one in found if one not in known]
        raise DatasetError(
            f"{path} has vectors for {_some(unknown, what)} that {META_FILE} does not have.",
            "The files must belong together: fetch all three again.",
        )
    return vectors[[rows[one] for one in ids]]


def _some(ids: Sequence[str], what: str) -> str:
    """How many, and the first few."""

    def shown() -> Iterator[str]:
        yield from ids[:_SHOWN]
        if len(ids) > _SHOWN:
            yield "..."

    plural = "" if len(ids) == 1 else "s"
    return f"{len(ids):,} {what}{plural} ({', '.join(shown())})"
