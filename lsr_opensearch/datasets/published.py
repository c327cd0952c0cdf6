"""The format that the authors of D2S publish dense vectors in, a folder of three files.

- ``img_embs.parquet`` and ``text_embs.parquet``: ``id`` (string) and ``emb`` (a list of floats).
- ``dataset_meta.json``: Karpathy's split file, see `split_file`.

Source: the data sets ``lsr42/mscoco-blip-dense`` and its siblings, as
github.com/thongnt99/lsr-multimodal reads them. Their ids are those of the split file, so that
neither file has a reason to hold more or fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lsr_opensearch.datasets.dataset import DenseDataset, Vectors
from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE, TEXTS_FILE
from lsr_opensearch.datasets.parquet import read_vectors, write_vectors
from lsr_opensearch.datasets.split_file import check_unique, read_split_file, write_split_file
from lsr_opensearch.errors import DatasetError

_SHOWN = 3


def read_dataset(directory: Path) -> DenseDataset:
    """Read a data set; images and captions keep the order of the split file.

    Raises:
        DatasetError: a file is missing or is not what it should be; an image or caption has no
            vector, a vector no image or caption; a vector is of another width or not finite.
        MissingExtraError: the packages that read Parquet are not installed.
    """
    listed = read_split_file(directory / META_FILE)
    image_vectors = _in_order(directory / IMAGES_FILE, listed.image_ids, "image")
    caption_vectors = _in_order(directory / TEXTS_FILE, listed.caption_ids, "caption")
    if image_vectors.shape[1] != caption_vectors.shape[1]:
        raise DatasetError(
            f"{directory}: the vectors of images have {image_vectors.shape[1]} numbers, those of "
            f"captions {caption_vectors.shape[1]}.",
            "Both must come from one model: encode one of the files again.",
        )
    return DenseDataset(
        image_ids=listed.image_ids,
        image_splits=listed.image_splits,
        caption_ids=listed.caption_ids,
        captions=listed.captions,
        image_of_caption=listed.image_of_caption,
        image_vectors=image_vectors,
        caption_vectors=caption_vectors,
    )


def write_dataset(
    directory: Path, dataset: DenseDataset, name: str, file_names: Sequence[str] | None = None
) -> None:
    """Write the three files; ``name`` and ``file_names`` go into the split file."""
    directory.mkdir(parents=True, exist_ok=True)
    write_vectors(directory / IMAGES_FILE, dataset.image_ids, dataset.image_vectors)
    write_vectors(directory / TEXTS_FILE, dataset.caption_ids, dataset.caption_vectors)
    write_split_file(directory / META_FILE, dataset, name, file_names)


def _in_order(path: Path, ids: Sequence[str], what: str) -> Vectors:
    """The vectors of the ids, float32 [ids, width]."""
    found, vectors = read_vectors(path)
    check_unique(path, found, what)
    rows = {one: row for row, one in enumerate(found)}
    missing = [one for one in ids if one not in rows]
    if missing:
        raise DatasetError(
            f"{path} has no vector for {_some(missing, what)} of {META_FILE}.",
            "The files must belong together: fetch all three again, encode what is missing, or "
            f"leave it out of {META_FILE}.",
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
