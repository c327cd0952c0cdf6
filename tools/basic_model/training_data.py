"""Features, sentence vectors and splits as tensors: what the two training stages read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from tools.basic_model.imagenet import CLASSES
from tools.basic_model.metrics import Ranking
from tools.basic_model.workspace import Row, Workspace


def unit(vectors: Tensor) -> Tensor:
    """Vectors at length 1."""
    return F.normalize(vectors, dim=-1)


@dataclass(frozen=True)
class TrainingData:
    """Everything that the dense vector and the sparse head are trained from.

    Attributes:
        pooled [pictures, 1280], logits [pictures, 1000]: of all splits.
        captions [captions, 384]: sentence vectors; owner [captions]: the picture of each.
        class_texts [texts, 384], class_of_text [texts].
        classes [1000, 384]: the mean text of each class, at length 1.
        train_pictures, train_captions: the numbers of those in the training split.
    """

    rows: list[Row]
    pooled: Tensor
    logits: Tensor
    captions: Tensor
    owner: Tensor
    class_texts: Tensor
    class_of_text: Tensor
    classes: Tensor
    train_pictures: Tensor
    train_captions: Tensor

    @classmethod
    def load(cls, work: Workspace) -> TrainingData:
        rows = work.rows()
        features, texts = np.load(work.file("features.npz")), np.load(work.file("texts.npz"))
        owner = torch.tensor([i for i, row in enumerate(rows) for _ in row.captions])
        training = torch.tensor([row.split == "train" for row in rows])
        class_texts, class_of_text = texts["class_texts"], texts["class_of_text"]
        means = np.stack([class_texts[class_of_text == c].mean(0) for c in range(CLASSES)])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return cls(
            rows=rows,
            pooled=torch.tensor(features["pooled"].astype(np.float32)),
            logits=torch.tensor(features["logits"].astype(np.float32)),
            captions=torch.tensor(texts["captions"]),
            owner=owner,
            class_texts=torch.tensor(class_texts),
            class_of_text=torch.tensor(class_of_text),
            classes=torch.tensor(means),
            train_pictures=torch.where(training)[0],
            train_captions=torch.where(training[owner])[0],
        )

    @property
    def mean_class(self) -> Tensor:
        """[384]; what all class texts have in common."""
        return self.classes.mean(0)

    def text_vectors(self, sentences: Tensor) -> Tensor:
        """Sentence vectors -> the text side of the dense space: centred, at length 1."""
        return unit(sentences - self.mean_class)

    def pair_weights(self, emoji: float) -> Tensor:
        """How often each training caption is drawn; emoji are many and alike."""
        sources = [self.rows[i].source for i in self.owner[self.train_captions].tolist()]
        return torch.tensor([emoji if s.startswith("emoji") else 1.0 for s in sources])

    def held_out(self, source: str, split: str, photos_only: bool = False) -> HeldOut:
        """Pictures that are ranked among themselves by the first caption of each."""
        pictures = [
            i
            for i, row in enumerate(self.rows)
            if (row.source, row.split) == (source, split) and (row.photo or not photos_only)
        ]
        first = {int(p): i for i, p in reversed(list(enumerate(self.owner.tolist())))}
        captions = [self.rows[i].captions[0].lower().strip() for i in pictures]
        relevant = np.array([[a == b for b in captions] for a in captions])
        name = f"{source} {split}" + (" (photo-like)" if photos_only else "")
        return HeldOut(
            name, torch.tensor(pictures), torch.tensor([first[i] for i in pictures]), relevant
        )


@dataclass(frozen=True)
class HeldOut:
    """A set of pictures, one caption each, and which pictures share a caption's words."""

    name: str
    pictures: Tensor
    captions: Tensor
    relevant: np.ndarray

    def measure(self, queries: Tensor, pictures: Tensor) -> Ranking:
        """Rank by dot products of [n, d] queries and [n, d] pictures."""
        return Ranking.of((queries @ pictures.T).numpy(), self.relevant)


def validation_sets(data: TrainingData) -> list[HeldOut]:
    """The sets that choices are made on; the test split is for the last stage only."""
    return [
        data.held_out("stamps", "val"),
        data.held_out("stamps", "val", photos_only=True),
        data.held_out("openclipart", "val"),
    ]
