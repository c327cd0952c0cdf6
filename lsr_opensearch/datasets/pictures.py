"""Data sets of picture files: a split file, and the folder that its file names are relative to."""

from __future__ import annotations

from pathlib import Path

from lsr_opensearch.datasets.dataset import PictureDataset
from lsr_opensearch.datasets.split_file import read_split_file
from lsr_opensearch.errors import DatasetError


def read_pictures(split_file: Path, images: Path, split: str | None = None) -> PictureDataset:
    """Read a split file whose pictures lie in ``images``.

    Args:
        split: the only one that is wanted; pictures of the others need not be there.

    Raises:
        DatasetError: the split file cannot be used, has no such split, or a picture that it names
            is not there.
    """
    listed = read_split_file(split_file)
    files = tuple(images / name for name in listed.file_names)
    read = PictureDataset(
        listed.image_ids,
        listed.image_splits,
        listed.caption_ids,
        listed.captions,
        listed.image_of_caption,
        image_files=files,
    )
    wanted = read if split is None else read.split(split)
    missing = [str(file) for file in wanted.image_files if not file.is_file()]
    if missing:
        raise DatasetError(
            f"{split_file} names {len(missing):,} of {len(wanted.image_files):,} pictures that are "
            f"not in {images}, the first {missing[0]}.",
            "Name the folder that the file names are relative to: --images DIR",
        )
    return wanted
