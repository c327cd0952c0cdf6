"""What a D2S training learns from: pairs of a caption and its image, as dense vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.training.vocabulary import Vocabulary


@dataclass(frozen=True)
class Examples:
    """A split of a data set, on one device.

    Attributes:
        images: dense vectors, [images, width].
        texts: dense vectors of the captions, [captions, width].
        image_of_text: row of each caption's image, [captions].
        literal: numbers of the words of each caption, -1 where there is none, [captions, most].
    """

    images: Tensor
    texts: Tensor
    image_of_text: Tensor
    literal: Tensor

    @classmethod
    def of(
        cls, dataset: DenseDataset, vocabulary: Vocabulary, device: torch.device | str = "cpu"
    ) -> Examples:
        return cls(
            images=torch.from_numpy(dataset.image_vectors).to(device),
            texts=torch.from_numpy(dataset.caption_vectors).to(device),
            image_of_text=torch.from_numpy(dataset.image_of_caption).to(device),
            literal=vocabulary.literal(dataset.captions).to(device),
        )

    def tensors(self, prefix: str) -> dict[str, Tensor]:
        """All of them by name."""
        return {f"{prefix}{field.name}": getattr(self, field.name) for field in fields(self)}

    def batches(self, size: int, seed: int) -> Iterator[Tensor]:
        """Numbers of captions, each once, shuffled; the last batch may be smaller."""
        order = torch.randperm(len(self.texts), generator=torch.Generator().manual_seed(seed))
        return iter(order.to(self.texts.device).split(size))
