"""Stage "dense": a picture as one vector in the space of sentences -> ``dense.npz``.

Two halves of equal weight:

- learned: v = unit(W 30 unit(pooled) + b), trained contrastively (InfoNCE: van den Oord et al.,
  2018) on picture and caption, on class pseudo-features and class texts, and to agree with the
  classifier;
- ConSE (Norouzi et al., ICLR 2014): the mean of the class texts, weighted by the classifier.

The file holds weight [384, 1280] and bias [384] of the learned half, and prototypes [1000, 1280],
a pseudo-feature a class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from tools.basic_model.backbone import FEATURES
from tools.basic_model.imagenet import CLASSES
from tools.basic_model.sentences import DIMENSIONS
from tools.basic_model.training_data import TrainingData, unit, validation_sets
from tools.basic_model.workspace import Workspace, classifier_weights

# Length that pooled features are brought to before any learned layer.
FEATURE_LENGTH = 30.0
# Classes count from this many standard deviations above the mean logit.
_LEAST_SCORE = 2.0


@dataclass(frozen=True)
class Schedule:
    """Settings of the training; those of the published recipe."""

    epochs: int = 25
    batch: int = 512
    rate: float = 1e-3
    decay: float = 0.05
    dropout: float = 0.3
    first_scale: float = 20.0
    largest_scale: float = 100.0
    emoji: float = 0.5
    # Captions more alike than this (cosine) count as captions of the same picture.
    same_caption: float = 0.85
    # How much of a training picture is mixed into a pseudo-feature.
    jitter: float = 0.3
    seed: int = 0


def scaled(pooled: Tensor) -> Tensor:
    """Pooled features at the length that the learned layers expect."""
    return unit(pooled) * FEATURE_LENGTH


def class_weights(logits: Tensor) -> Tensor:
    """Logits [..., 1000] -> how far each class stands out, 0 for most."""
    scores = (logits - logits.mean(-1, keepdim=True)) / logits.std(-1, keepdim=True)
    return F.relu(scores - _LEAST_SCORE)


@dataclass(frozen=True)
class DenseEncoder:
    """weight [384, 1280] and bias [384] of the learned half, centred classes [1000, 384]."""

    weight: Tensor
    bias: Tensor
    centred_classes: Tensor

    @classmethod
    def load(cls, work: Workspace, data: TrainingData) -> DenseEncoder:
        saved = np.load(work.file("dense.npz"))
        weight, bias = torch.tensor(saved["weight"]), torch.tensor(saved["bias"])
        return cls(weight, bias, data.classes - data.mean_class)

    def learned(self, pooled: Tensor) -> Tensor:
        return unit(F.linear(scaled(pooled), self.weight, self.bias))

    def conse(self, weights: Tensor) -> Tensor:
        """Any non-negative weights of the classes [..., 1000] -> [..., 384]."""
        return unit(weights @ self.centred_classes)

    def picture(self, pooled: Tensor, weights: Tensor) -> Tensor:
        """Both halves: pooled [..., 1280] and class weights [..., 1000] -> [..., 384]."""
        return unit(0.5 * self.learned(pooled) + 0.5 * self.conse(weights))


def prototypes_of(data: TrainingData) -> Tensor:
    """A pseudo-feature of every ImageNet class, [1000, 1280]: there are no pictures of them.

    The classifier's weights through the covariance of the features (the direction in which a
    linear classifier's class lies), at the mean distance of a picture from the mean picture.
    """
    weights = torch.load(classifier_weights(), map_location="cpu")["_fc.weight"]
    mean = data.pooled[data.train_pictures].mean(0)
    spread = data.pooled[data.train_pictures] - mean
    covariance = spread.T @ spread / len(spread)
    direction = (weights - weights.mean(0)) @ covariance
    direction = direction / direction.norm(dim=1, keepdim=True) * spread.norm(dim=1).mean()
    prototypes = F.relu(mean + direction)
    right = ((prototypes @ weights.T).argmax(1) == torch.arange(CLASSES)).float().mean()
    print(f"  prototypes classified as their own class: {right:.3f}")
    return prototypes


def contrastive_loss(scores: Tensor, same: Tensor) -> Tensor:
    """InfoNCE both ways over [b, b] scores; the target is shared among the pairs in ``same``."""
    target = same.float()
    target = target / target.sum(1, keepdim=True)
    forth = -(target * F.log_softmax(scores, 1)).sum(1).mean()
    back = -(target.T * F.log_softmax(scores.T, 1)).sum(1).mean()
    return (forth + back) / 2


class _Trainer:
    """One training of the learned half."""

    def __init__(self, data: TrainingData, prototypes: Tensor, settings: Schedule) -> None:
        self.data, self.settings = data, settings
        self.pictures, self.prototypes = scaled(data.pooled), scaled(prototypes)
        self.layer = nn.Linear(FEATURES, DIMENSIONS)
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(settings.first_scale))))

    def encode(self, features: Tensor) -> Tensor:
        return unit(self.layer(F.dropout(features, self.settings.dropout)))

    def loss(self, chosen: Tensor) -> Tensor:
        """The three losses of a batch of captions, by their numbers."""
        data, settings = self.data, self.settings
        owner = data.owner[chosen]
        texts = data.captions[chosen]
        vectors = self.encode(self.pictures[owner])
        scale = self.log_scale.exp().clamp(max=settings.largest_scale)
        same = (owner[:, None] == owner[None]) | (texts @ texts.T > settings.same_caption)
        loss = contrastive_loss(vectors @ texts.T * scale, same)
        predicted = F.log_softmax(vectors @ data.classes.T * scale, 1)
        posterior = F.softmax(data.logits[owner], 1)
        loss = loss + 0.5 * -(posterior * predicted).sum(1).mean()
        return loss + 0.5 * self._class_loss(self.pictures[owner], scale)

    def _class_loss(self, pictures: Tensor, scale: Tensor) -> Tensor:
        data, count = self.data, len(pictures)
        chosen = torch.randint(0, len(data.class_texts), (count,))
        classes = data.class_of_text[chosen]
        mixed = self.settings.jitter * pictures[torch.randperm(count)]
        vectors = self.encode(self.prototypes[classes] + mixed)
        scores = vectors @ data.class_texts[chosen].T * scale
        return contrastive_loss(scores, classes[:, None] == classes[None])


def train(data: TrainingData, prototypes: Tensor, settings: Schedule) -> tuple[Tensor, Tensor]:
    """Weight [384, 1280] and bias [384] of the learned half."""
    torch.manual_seed(settings.seed)
    trainer = _Trainer(data, prototypes, settings)
    optimizer = torch.optim.AdamW(
        [
            {"params": trainer.layer.parameters(), "weight_decay": settings.decay},
            {"params": [trainer.log_scale], "weight_decay": 0.0},
        ],
        lr=settings.rate,
    )
    steps = settings.epochs * len(data.train_captions) // settings.batch
    rates = [settings.rate, settings.rate * 0.3]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rates, total_steps=steps + 1, pct_start=0.1
    )
    weights = data.pair_weights(settings.emoji)
    for step in range(steps):
        drawn = torch.multinomial(weights, settings.batch, replacement=True)
        loss = trainer.loss(data.train_captions[drawn])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"  step {step} of {steps}, loss {loss.item():.3f}", flush=True)
    print(f"  final scale {trainer.log_scale.exp().item():.1f}")
    return trainer.layer.weight.detach(), trainer.layer.bias.detach()


def run(work: Workspace) -> None:
    torch.set_num_threads(work.threads)
    data = TrainingData.load(work)
    prototypes = prototypes_of(data)
    weight, bias = train(data, prototypes, Schedule())
    np.savez(
        work.file("dense.npz"),
        weight=weight.numpy(),
        bias=bias.numpy(),
        prototypes=prototypes.numpy(),
    )
    encoder = DenseEncoder.load(work, data)
    for held_out in validation_sets(data):
        queries = data.text_vectors(data.captions[held_out.captions])
        pooled, logits = data.pooled[held_out.pictures], data.logits[held_out.pictures]
        vectors = encoder.picture(pooled, class_weights(logits))
        print(f"  {held_out.name}: {held_out.measure(queries, vectors)}")
