"""A folder of pictures with captions as a data set to train on.

Captions come from where `lsr-os index` takes them, in the same order: caption tables, a text file
beside the picture, the picture itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes

import numpy as np

from lsr_opensearch.amounts import amount
from lsr_opensearch.datasets.dataset import TEST, TRAIN, VAL, PictureDataset
from lsr_opensearch.errors import DatasetError, ImageError
from lsr_opensearch.images import read_file
from lsr_opensearch.indexing.captions import CaptionTable, read_sidecar
from lsr_opensearch.indexing.photo_metadata import read_photo_metadata
from lsr_opensearch.indexing.sources import FoundFile, SkippedFile, display_path, walk_folder

_PARTS = 10
_SMALL_SPLITS = {0: VAL, 1: TEST}


@dataclass(frozen=True)
class CaptionedPictures:
    """What was found in a folder.

    Attributes:
        dataset: the pictures that have a caption.
        without: how many have none.
        notes: what was wrong with tables and folders, sentences.
    """

    dataset: PictureDataset
    without: int
    notes: tuple[str, ...]


def captioned_pictures(folder: Path, tables: Sequence[CaptionTable] = ()) -> CaptionedPictures:
    """The pictures below a folder, each named by its path below it (`picture_id`).

    Raises:
        SourceError: the folder cannot be read.
        CaptionFileError: a text file beside a picture cannot be read.
        DatasetError: no picture has a caption.
    """
    found: list[FoundFile] = []
    notes: list[str] = []
    for thing in walk_folder(os.fsencode(folder)):
        if isinstance(thing, SkippedFile):
            notes.append(f"{display_path(thing.relative)}: {thing.reason}.")
        else:
            found.append(thing)
    relatives = [file.relative for file in found]
    fitting = [table.for_files(relatives) for table in tables]
    notes += [f"{table.path}: {problem}" for table in fitting for problem in table.problems]
    said = [(file, captions) for file in found if (captions := _captions(file, fitting))]
    if not said:
        raise DatasetError(
            f"Of {amount(len(found), 'picture')} in {folder} none has a caption.",
            "Give them in a file: --captions FILE (TSV, CSV, JSONL, COCO or Karpathy JSON)",
        )
    return CaptionedPictures(_dataset(said), len(found) - len(said), tuple(notes))


def picture_id(relative: bytes) -> str:
    """The name of a picture in a data set: its path, where that can be printed.

    Else the path percent-encoded behind a slash, with which no other begins: so two pictures never
    have one name.
    """
    with contextlib.suppress(UnicodeDecodeError):
        if (text := relative.decode()).isprintable():
            return text
    return "/" + quote_from_bytes(relative)


def split_of(image_id: str) -> str:
    """``train``, ``val`` or ``test``, 8 : 1 : 1; it stays, whatever pictures come or go."""
    number = int.from_bytes(hashlib.sha256(image_id.encode()).digest()[:8], "big")
    return _SMALL_SPLITS.get(number % _PARTS, TRAIN)


def _captions(file: FoundFile, tables: Sequence[CaptionTable]) -> list[str]:
    rows = [row for table in tables if (row := table.find(file.relative)) is not None]
    said = [caption for row in rows for caption in row.captions]
    return list(dict.fromkeys([*said, *read_sidecar(file.path), *_in_itself(file)]))


def _in_itself(file: FoundFile) -> tuple[str, ...]:
    label = display_path(file.relative)
    try:
        return read_photo_metadata(read_file(file.path, name=label), name=label).captions
    except ImageError:
        # Whoever decodes it will say so.
        return ()


def _dataset(said: Sequence[tuple[FoundFile, list[str]]]) -> PictureDataset:
    ids = [picture_id(file.relative) for file, _ in said]
    numbered = [
        (f"{image_id}#{number}", caption, row)
        for row, (image_id, (_, captions)) in enumerate(zip(ids, said, strict=True))
        for number, caption in enumerate(captions)
    ]
    caption_ids, captions, rows = zip(*numbered, strict=True)
    return PictureDataset(
        image_ids=tuple(ids),
        image_splits=tuple(map(split_of, ids)),
        caption_ids=caption_ids,
        captions=captions,
        image_of_caption=np.array(rows, np.intp),
        image_files=tuple(Path(os.fsdecode(file.path)) for file, _ in said),
    )
