"""Images and their captions: what every data set has, and what some have besides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from lsr_opensearch.errors import DatasetError

Vectors = npt.NDArray[np.float32]

# MSCOCO's images that were left over when its validation set was split anew; all train on them.
RESTVAL, TRAIN = "restval", "train"
VAL, TEST = "val", "test"


@dataclass(frozen=True)
class Dataset:
    """A data set, or one split of it.

    Attributes:
        image_ids: the images.
        image_splits: ``train``, ``val``, ``test`` or another name, [images].
        caption_ids, captions: the captions.
        image_of_caption: the row of the image that each caption belongs to, [captions].
    """

    image_ids: tuple[str, ...]
    image_splits: tuple[str, ...]
    caption_ids: tuple[str, ...]
    captions: tuple[str, ...]
    image_of_caption: npt.NDArray[np.intp]

    def lacks(self, *names: str) -> list[str]:
        """Those of some splits that have no image."""
        return [name for name in names if not self._rows(name)]

    def split(self, name: str) -> Self:
        """The images of a split, with their captions; ``train`` has those of ``restval``, too.

        Raises:
            DatasetError: there is no image in it.
        """
        rows = self._rows(name)
        if not rows:
            known = ", ".join(sorted(set(self.image_splits)))
            raise DatasetError(
                f"The data set has no split {name!r}.", f"Take one of those it has: {known}."
            )
        return self.part(rows)

    def _rows(self, name: str) -> list[int]:
        wanted = {TRAIN, RESTVAL} if name == TRAIN else {name}
        return [row for row, split in enumerate(self.image_splits) if split in wanted]

    def part(self, rows: list[int]) -> Self:
        """Some of the images, by their rows, with their captions."""
        place = np.full(len(self.image_ids), -1, np.intp)
        place[rows] = np.arange(len(rows))
        captions = np.flatnonzero(place[self.image_of_caption] >= 0)
        return replace(
            self,
            image_ids=tuple(self.image_ids[row] for row in rows),
            image_splits=tuple(self.image_splits[row] for row in rows),
            caption_ids=tuple(self.caption_ids[row] for row in captions),
            captions=tuple(self.captions[row] for row in captions),
            image_of_caption=place[self.image_of_caption[captions]],
            **self._own(rows, captions),
        )

    def captions_of_images(self) -> list[list[str]]:
        """The captions of each image."""
        found: list[list[str]] = [[] for _ in self.image_ids]
        for caption, row in zip(self.captions, self.image_of_caption, strict=True):
            found[row].append(caption)
        return found

    def _own(self, images: list[int], captions: npt.NDArray[np.intp]) -> dict[str, Any]:  # noqa: ARG002
        """What a kind of data set has besides, for some of its rows."""
        return {}


@dataclass(frozen=True)
class DenseDataset(Dataset):
    """Each image and caption with the vector that a frozen dense model gave it.

    Attributes:
        image_vectors: float32 [images, width].
        caption_vectors: float32 [captions, width].
    """

    image_vectors: Vectors
    caption_vectors: Vectors

    @property
    def width(self) -> int:
        """Numbers in a dense vector."""
        return int(self.image_vectors.shape[1])

    def _own(self, images: list[int], captions: npt.NDArray[np.intp]) -> dict[str, Any]:
        return {
            "image_vectors": self.image_vectors[images],
            "caption_vectors": self.caption_vectors[captions],
        }


@dataclass(frozen=True)
class PictureDataset(Dataset):
    """Each image with its file.

    Attributes:
        image_files: [images].
    """

    image_files: tuple[Path, ...]

    def _own(self, images: list[int], captions: npt.NDArray[np.intp]) -> dict[str, Any]:  # noqa: ARG002
        return {"image_files": tuple(self.image_files[row] for row in images)}
