"""Data sets of dense vectors as items: the pictures themselves need not be there."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.encoders import Encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.indexing.item import Item

_ROWS = 256


def dataset_items(encoder: Encoder, dataset: DenseDataset) -> Iterator[Item]:
    """An item for each image of a data set, with its captions and its split as metadata.

    Raises:
        ModelError: the model takes no vectors, or vectors of another width.
    """
    if not isinstance(encoder, D2SEncoder):
        raise ModelError(
            f"The model {encoder.description.name!r} looks at pictures, and the data set has dense "
            "vectors.",
            "Name a model that was trained on such vectors: --model DIR",
        )
    captions = dataset.captions_of_images()
    for start in range(0, len(dataset.image_ids), _ROWS):
        encoded = encoder.encode_vectors(dataset.image_vectors[start : start + _ROWS])
        for row, terms in enumerate(encoded, start):
            yield Item(
                dataset.image_ids[row],
                captions=captions[row],
                metadata={"split": dataset.image_splits[row]},
                terms=terms,
            )
