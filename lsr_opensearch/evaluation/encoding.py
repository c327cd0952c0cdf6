"""One split of a data set as term weights, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lsr_opensearch.datasets.dataset import Dataset, DenseDataset, PictureDataset
from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.errors import DatasetError, ImageError, ModelError
from lsr_opensearch.evaluation.table import TableQueries, queries_by_table
from lsr_opensearch.indexing.report import Progress
from lsr_opensearch.terms import TermWeights

Given = TypeVar("Given")

# Pictures and captions that are encoded at once.
_BATCH = 16


@dataclass(frozen=True)
class Encoded:
    """Term weights by the ids of the images and captions.

    Attributes:
        images: documents of text to image, and queries of image to text.
        queries: the captions as what is searched for, in text to image.
        captions: the captions as what is found, in image to text.
        table: the captions as queries by a table, where the model has one.
    """

    images: dict[str, TermWeights]
    queries: dict[str, TermWeights]
    captions: dict[str, TermWeights]
    table: TableQueries | None = None


def encode(encoder: Encoder, dataset: Dataset, on_progress: Progress | None = None) -> Encoded:
    """Encode a split: its dense vectors where it has them, else its pictures and captions.

    Of vectors, images and captions go through ``encode_vectors``, whichever side they are on. Of
    picture files, images go through ``encode_images``, captions that are searched for through
    ``encode_queries``, captions that are found through ``encode_captions``.

    Raises:
        ModelError: the model does not take what the data set has.
        DatasetError: a picture cannot be decoded, or the data set has nothing to encode.
    """
    if isinstance(dataset, DenseDataset):
        images, queries, captions = _of_vectors(encoder, dataset)
    elif isinstance(dataset, PictureDataset):
        images, queries, captions = _of_pictures(encoder, dataset, on_progress)
    else:
        raise DatasetError(
            "A split file alone has nothing to encode.", "Read its pictures or its dense vectors."
        )
    return Encoded(
        dict(zip(dataset.image_ids, images, strict=True)),
        dict(zip(dataset.caption_ids, queries, strict=True)),
        dict(zip(dataset.caption_ids, captions, strict=True)),
        queries_by_table(encoder, dataset) if isinstance(encoder, D2SEncoder) else None,
    )


Sides = tuple[list[TermWeights], list[TermWeights], list[TermWeights]]


def _of_vectors(encoder: Encoder, dataset: DenseDataset) -> Sides:
    encode_vectors = getattr(encoder, "encode_vectors", None)
    if encode_vectors is None:
        raise ModelError(
            f"The model {encoder.description.name!r} does not encode dense vectors, and the data "
            "set holds nothing else.",
            "Name the folder with its pictures, --images DIR, or take a D2S model.",
        )
    captions = encode_vectors(dataset.caption_vectors)
    return encode_vectors(dataset.image_vectors), captions, captions


def _of_pictures(encoder: Encoder, dataset: PictureDataset, on_progress: Progress | None) -> Sides:
    total, done = len(dataset.image_files) + 2 * len(dataset.captions), 0

    def each(
        encode_some: Callable[[Sequence[Given]], list[TermWeights]], given: Sequence[Given]
    ) -> list[TermWeights]:
        nonlocal done
        found: list[TermWeights] = []
        for start in range(0, len(given), _BATCH):
            found += encode_some(given[start : start + _BATCH])
            done += len(given[start : start + _BATCH])
            if on_progress is not None:
                on_progress(done, total)
        return found

    # Texts first: a model that lacks a side says so before hours of pictures.
    queries = each(encoder.encode_queries, dataset.captions)
    captions = each(encoder.encode_captions, dataset.captions)
    try:
        images = each(encoder.encode_images, dataset.image_files)
    except ImageError as error:
        raise DatasetError(
            error.message, "Restore the file, or leave its image out of the split file."
        ) from error
    return images, queries, captions
