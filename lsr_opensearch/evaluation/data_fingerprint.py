"""Whether two evaluations are of the same data, told by what was looked for in what."""

from __future__ import annotations

import hashlib
import json

from lsr_opensearch.datasets.dataset import Dataset


def data_fingerprint(dataset: Dataset) -> str:
    """The same for the same images and captions, in whatever order; 32 hex digits.

    Of the ids of the images, and of each caption its id, its text and the id of its image; whether
    they come as pictures or as dense vectors makes no difference.
    """
    captions = sorted(
        (dataset.image_ids[row], caption_id, caption)
        for caption_id, caption, row in zip(
            dataset.caption_ids, dataset.captions, dataset.image_of_caption, strict=True
        )
    )
    told = json.dumps([sorted(dataset.image_ids), captions])
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:32]
