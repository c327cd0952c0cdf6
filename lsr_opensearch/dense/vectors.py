"""A data set of pictures -> the same as dense vectors, going on where it was interrupted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lsr_opensearch.datasets.dataset import DenseDataset, PictureDataset
from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE, TEXTS_FILE, is_dataset
from lsr_opensearch.datasets.published import write_dataset
from lsr_opensearch.dense.fingerprint import fingerprint
from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.running import Runner, Tokens
from lsr_opensearch.dense.settings import EncodingSettings
from lsr_opensearch.dense.shards import Shard, ShardFolder
from lsr_opensearch.dense.sides import bad_picture, encoded_captions, encoded_pictures
from lsr_opensearch.dense.tower import ImageTower
from lsr_opensearch.device import gpu_memory, usable_device
from lsr_opensearch.errors import DatasetError, EncodingError, ModelError, UsageError
from lsr_opensearch.new_folder import check_new

SHARDS_FOLDER, _WRITING_FOLDER = "shards", "writing"
# Done and in all, pictures and captions.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Encoded:
    """What came out.

    Attributes:
        dataset: without the pictures that were left out, and their captions.
        left_out: file -> why it could not be decoded.
    """

    dataset: DenseDataset
    left_out: dict[Path, str]


def encode_into(
    out: Path,
    pictures: PictureDataset,
    root: Path,
    model: DenseModel,
    settings: EncodingSettings,
    on_progress: OnProgress | None = None,
) -> Encoded:
    """Encode a data set and write it into ``out``, in the published format.

    Interrupted at any moment, the same call goes on where it was, and writes the same.

    Args:
        root: the folder that the names of the pictures are written relative to.

    Raises:
        UsageError: ``out`` is a data set already, holds something else or cannot be made; or the
            device cannot be used.
        DatasetError: there is no picture.
        ModelError: the model has no image side.
        ImageError: a picture cannot be decoded, unless such are left out.
        EncodingError: there is too little memory, a vector is none, or ``out`` was begun with
            something else.
    """
    if is_dataset(out):
        raise UsageError(f"{out} is a data set already.", "Name another folder: --out DIR")
    check_new(out, begun=(SHARDS_FOLDER, _WRITING_FOLDER))
    encoded = encode_pictures(pictures, model, settings, out / SHARDS_FOLDER, on_progress)
    files = dict(zip(pictures.image_ids, pictures.image_files, strict=True))
    names = [
        os.path.relpath(files[image_id], root).replace(os.sep, "/")
        for image_id in encoded.dataset.image_ids
    ]
    beside = out / _WRITING_FOLDER
    write_dataset(beside, encoded.dataset, root.resolve().name, names)
    # The last of them makes it a data set.
    for file in (IMAGES_FILE, TEXTS_FILE, META_FILE):
        os.replace(beside / file, out / file)
    beside.rmdir()
    shutil.rmtree(out / SHARDS_FOLDER)
    return encoded


def encode_pictures(
    pictures: PictureDataset,
    model: DenseModel,
    settings: EncodingSettings,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Encoded:
    """Encode all pictures and captions; ``folder`` keeps what is done.

    Raises:
        UsageError, DatasetError, ModelError, ImageError, EncodingError: as `encode_into`.
    """
    if not pictures.image_ids:
        raise DatasetError("There is no picture to encode.", "Name a folder that has some.")
    image, device = _image_side(model), usable_device(settings.device)
    told, precision = fingerprint(model), settings.precision
    teller = _Teller(len(pictures.image_ids) + len(pictures.captions), on_progress)

    def of_pictures(wanted: Sequence[range]) -> Iterator[Shard]:
        run = Runner(image, device, precision)
        return encoded_pictures(pictures.image_files, wanted, run, image.picture_input, settings)

    def of_captions(wanted: Sequence[range]) -> Iterator[Shard]:
        run = Runner(model.text, device, precision)
        return encoded_captions(pictures.captions, wanted, run, Tokens(model.text), settings)

    smaller = f"Ask for smaller ones: --batch {max(1, settings.batch // 2)}"
    with gpu_memory(f"batches of {settings.batch}", smaller, EncodingError):
        seen = _all_rows(
            ShardFolder(folder, "images", told, precision, _picture_keys(pictures)),
            of_pictures,
            teller,
            settings,
        )
        read = _all_rows(
            ShardFolder(folder, "texts", told, precision, pictures.captions),
            of_captions,
            teller,
            settings,
        )
    return _put_together(pictures, seen, read)


@dataclass
class _Teller:
    """Counts what is done."""

    total: int
    on_progress: OnProgress | None
    done: int = 0

    def add(self, rows: range) -> None:
        self.done += len(rows)
        if self.on_progress:
            self.on_progress(self.done, self.total)


def _image_side(model: DenseModel) -> ImageTower:
    if model.image is None:
        raise ModelError(
            f"The dense model {model.name} reads texts alone, and pictures are to be encoded.",
            "Name one of both, such as a BLIP, ALBEF or CLIP: --dense-model NAME|DIR",
        )
    if model.image.width != model.text.width:
        raise ModelError(
            f"The dense model {model.name} gives {model.image.width} numbers for a picture, and "
            f"{model.text.width} for a text.",
            "Both must lie in one space: fetch the model again.",
        )
    return model.image


def _picture_keys(pictures: PictureDataset) -> list[str]:
    """A picture by its id and size: its time of change differs between copies."""
    return [
        f"{image_id} {file.stat().st_size if file.is_file() else -1}"
        for image_id, file in zip(pictures.image_ids, pictures.image_files, strict=True)
    ]


def _all_rows(
    shards: ShardFolder,
    encode: Callable[[Sequence[range]], Iterator[Shard]],
    teller: _Teller,
    settings: EncodingSettings,
) -> Shard:
    """All rows as one shard: those that are there, and those that are made now."""
    ranges = shards.ranges()
    # All are looked at first: what does not belong is told before hours of work, not after.
    there = {rows: shard for rows in ranges if (shard := shards.read(rows)) is not None}
    for rows, shard in there.items():
        if shard.bad and not settings.skip_bad:
            raise bad_picture(next(iter(shard.bad.values())))
        teller.add(rows)
    missing = [rows for rows in ranges if rows not in there]
    for rows, shard in zip(missing, encode(missing), strict=True):
        _check_finite(shard, [shards.keys[row] for row in rows])
        shards.write(rows, shard)
        there[rows] = shard
        teller.add(rows)
    bad = {rows.start + row: reason for rows in ranges for row, reason in there[rows].bad.items()}
    return Shard(np.concatenate([there[rows].vectors for rows in ranges]), bad)


def _check_finite(shard: Shard, keys: Sequence[str]) -> None:
    odd = np.flatnonzero(~np.isfinite(shard.vectors).all(axis=1))
    if len(odd):
        raise EncodingError(
            f"The vector of {keys[odd[0]]!r} holds NaN or infinity.",
            "Encode in full precision: --precision fp32; if that is so already, the weights of the "
            "model are damaged.",
        )


def _put_together(pictures: PictureDataset, seen: Shard, read: Shard) -> Encoded:
    dataset = DenseDataset(
        image_ids=pictures.image_ids,
        image_splits=pictures.image_splits,
        caption_ids=pictures.caption_ids,
        captions=pictures.captions,
        image_of_caption=pictures.image_of_caption,
        image_vectors=seen.vectors,
        caption_vectors=read.vectors,
    )
    good = [row for row in range(len(pictures.image_ids)) if row not in seen.bad]
    left_out = {pictures.image_files[row]: reason for row, reason in seen.bad.items()}
    return Encoded(dataset.part(good), left_out)
