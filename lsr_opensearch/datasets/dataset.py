"""Images and their captions, each with the vector that a frozen dense model gave it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lsr_opensearch.errors import DatasetError

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DenseDataset:
    """A data set, or one split of it.

    Attributes:
        image_ids, image_vectors: the images, float32 [images, width].
        caption_ids, captions, caption_vectors: the captions, float32 [captions, width].
        image_of_caption: the row of the image that each caption belongs to, [captions].
        image_splits: ``train``, ``val``, ``test`` or another name (``restval``), [images].
    """

    image_ids: tuple[str, ...]
    image_vectors: Vectors
    caption_ids: tuple[str, ...]
    captions: tuple[str, ...]
    caption_vectors: Vectors
    image_of_caption: npt.NDArray[np.intp]
    image_splits: tuple[str, ...]

    @property
    def width(self) -> int:
        """Numbers in a dense vector."""
        return int(self.image_vectors.shape[1])

    def split(self, name: str) -> DenseDataset:
        """The images of a split, with their captions.

        Raises:
            DatasetError: there is no image in it.
        """
        images = [row for row, split in enumerate(self.image_splits) if split == name]
        if not images:
            known = ", ".join(sorted(set(self.image_splits)))
            raise DatasetError(
                f"The data set has no split {name!r}.", f"Take one of those it has: {known}."
            )
        place = np.full(len(self.image_ids), -1, np.intp)
        place[images] = np.arange(len(images))
        captions = np.flatnonzero(place[self.image_of_caption] >= 0)
        return DenseDataset(
            image_ids=tuple(self.image_ids[row] for row in images),
            image_vectors=self.image_vectors[images],
            caption_ids=tuple(self.caption_ids[row] for row in captions),
            captions=tuple(self.captions[row] for row in captions),
            caption_vectors=self.caption_vectors[captions],
            image_of_caption=place[self.image_of_caption[captions]],
            image_splits=(name,) * len(images),
        )
