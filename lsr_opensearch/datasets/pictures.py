"""Data sets of picture files: a split file, and the folder that its file names are relative to."""

from __future__ import annotations

from pathlib import Path

from lsr_opensearch.datasets.dataset import PictureDataset
from lsr_opensearch.datasets.split_file import read_split_file
from lsr_opensearch.errors import DatasetError


def read_pictures(split_file: Path, images: Path) -> PictureDataset:
    """Read a split file whose pictures lie in ``images``.

    Raises:
        DatasetError: the split file cannot be used, or a picture that it names is not there.
    """
    listed = read_split_file(split_file)
    files = tuple(images / name for name in listed.file_names)
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise DatasetError(
            f"{split_file} names {len(missing):,} of {len(files):,} pictures that are not in "
            f"{images}, the first {missing[0]}.",
            "Name the folder that the file names are relative to: --images DIR",
        )
    return PictureDataset(
        listed.image_ids,
        listed.image_splits,
        listed.caption_ids,
        listed.captions,
        listed.image_of_caption,
        image_files=files,
    )
