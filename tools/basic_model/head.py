"""Stage "head": from the dense vector to words -> ``head.npz``.

The projection of D2S (Nguyen et al., "Multimodal Learned Sparse Retrieval with Probabilistic
Expansion Control", ECIR 2024), trained by distillation from the dense similarities; captions are
kept to their own words with a probability that falls from 1 to 0.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from tools.basic_model.dense import DenseEncoder, class_weights
from tools.basic_model.imagenet import CLASSES
from tools.basic_model.sentences import DIMENSIONS, load_tokenizer
from tools.basic_model.training_data import TrainingData, unit, validation_sets
from tools.basic_model.workspace import Workspace

_PSEUDO_PICTURES = 3
_CLASS_SOFTNESS = 0.05
_CAPTION_PIECES = 24
_MEASURED_PICTURE_WORDS, _MEASURED_TEXT_WORDS = 64, 24


@dataclass(frozen=True)
class Schedule:
    """Settings of the training; those of the published recipe."""

    epochs: int = 10
    batch: int = 256
    temperature: float = 1e-3
    sparsity: float = 5e-4
    warm_up: float = 0.2
    # Share of the steps after which captions may always expand.
    control: float = 0.95
    rate: float = 3e-4
    vocabulary_rate: float = 1e-4
    emoji: float = 0.7
    class_texts: float = 1.5
    seed: int = 0


class SparseHead(nn.Module):
    """Dense vectors [..., 384] -> word weights [..., words], at least 0."""

    def __init__(self, words: Tensor, threshold: float = 0.25) -> None:
        """Start as nearest words: the vocabulary's rows are the centred word vectors."""
        super().__init__()
        self.projection = nn.Linear(DIMENSIONS, DIMENSIONS)
        self.norm = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.vocabulary = nn.Linear(DIMENSIONS, len(words))
        with torch.no_grad():
            self.projection.weight.copy_(torch.eye(DIMENSIONS))
            self.projection.bias.zero_()
            self.vocabulary.weight.copy_(unit(words - words.mean(0)))
            self.vocabulary.bias.fill_(-threshold * DIMENSIONS**0.5)

    def forward(self, vectors: Tensor) -> Tensor:
        return torch.log1p(F.relu(self.vocabulary(self.norm(self.projection(vectors)))))

    @classmethod
    def load(cls, work: Workspace) -> SparseHead:
        head = cls(word_vectors(work))
        saved = np.load(work.file("head.npz"))
        head.load_state_dict({name: torch.tensor(saved[name]) for name in saved.files})
        return head.eval()


def word_vectors(work: Workspace) -> Tensor:
    """Sentence vectors of the head's words, [16523, 384]."""
    return torch.tensor(np.load(work.file("texts.npz"))["words"])


def head_words(work: Workspace) -> list[str]:
    """The words that the head can say, in its order."""
    return work.file("head-words.txt").read_text().split()


@dataclass(frozen=True)
class Examples:
    """Pairs of a picture's and a text's dense vector.

    Attributes:
        pictures [pictures, 384], texts [texts, 384]; owner [texts]: the picture of each text.
        literal [texts, 24]: the head's words in each text, ``len(words)`` where there is none.
        drawn: the texts that are trained on, with the weight of each.
    """

    pictures: Tensor
    texts: Tensor
    owner: Tensor
    literal: Tensor
    drawn: Tensor
    weights: Tensor


def examples(work: Workspace, data: TrainingData, encoder: DenseEncoder, s: Schedule) -> Examples:
    """The captions with their pictures, and the class texts with pseudo-pictures."""
    torch.manual_seed(s.seed)
    pictures = [encoder.picture(data.pooled, class_weights(data.logits))]
    prototypes = torch.tensor(np.load(work.file("dense.npz"))["prototypes"])
    alike = F.softmax(data.classes @ data.classes.T / _CLASS_SOFTNESS, 1)
    for _ in range(_PSEUDO_PICTURES):
        blur = 0.5 * torch.rand(CLASSES, 1)
        posterior = (1 - blur) * torch.eye(CLASSES) + blur * alike
        pictures.append(encoder.picture(prototypes, posterior))
    class_texts = json.loads(work.file("class-texts.json").read_text())
    version = torch.randint(0, _PSEUDO_PICTURES, (len(class_texts),))
    captions = [caption for row in data.rows for caption in row.captions]
    class_numbers = torch.arange(len(captions), len(captions) + len(class_texts))
    return Examples(
        pictures=torch.cat(pictures),
        texts=torch.cat([data.text_vectors(data.captions), data.text_vectors(data.class_texts)]),
        owner=torch.cat([data.owner, len(data.rows) + data.class_of_text + CLASSES * version]),
        literal=literal_words(captions + class_texts, head_words(work)),
        drawn=torch.cat([data.train_captions, class_numbers]),
        weights=torch.cat(
            [data.pair_weights(s.emoji), torch.full((len(class_texts),), s.class_texts)]
        ),
    )


def literal_words(texts: list[str], words: list[str]) -> Tensor:
    """The numbers of the words among the first 24 word pieces of each text, [texts, 24]."""
    tokenizer = load_tokenizer()
    vocabulary = tokenizer.get_vocab()
    number = torch.full((len(vocabulary),), len(words))
    number[torch.tensor([vocabulary[word] for word in words])] = torch.arange(len(words))
    pieces = tokenizer(
        texts,
        padding="max_length",
        truncation=True,
        max_length=_CAPTION_PIECES,
        return_tensors="pt",
    )
    return number[pieces["input_ids"]]


def distillation_loss(scores: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Cross-entropy both ways of [b, b] sparse scores against dense similarities."""
    forth = F.cross_entropy(scores, F.softmax(teacher / temperature, 1))
    back = F.cross_entropy(scores.T, F.softmax(teacher.T / temperature, 1))
    return (forth + back) / 2


def train(head: SparseHead, given: Examples, s: Schedule) -> None:
    torch.manual_seed(s.seed)
    steps = s.epochs * len(given.drawn) // s.batch
    warm = int(s.warm_up * steps)
    slow = [*head.norm.parameters(), *head.vocabulary.parameters()]
    optimizer = torch.optim.AdamW(
        [
            {"params": slow, "lr": s.vocabulary_rate},
            {"params": head.projection.parameters(), "lr": s.rate},
        ],
        weight_decay=0.0,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm))),
    )
    head.train()
    for step in range(steps):
        batch = given.drawn[torch.multinomial(given.weights, s.batch, replacement=True)]
        pictures, texts = given.pictures[given.owner[batch]], given.texts[batch]
        text_words, picture_words = head(texts), head(pictures)
        if torch.rand(()) < 1 - step / (s.control * steps):
            text_words = text_words * _literal_mask(given.literal[batch], text_words.shape[1])
        loss = distillation_loss(picture_words @ text_words.T, pictures @ texts.T, s.temperature)
        length = (text_words.sum(1).mean() + picture_words.sum(1).mean()) / 2
        ramp = min(1.0, (step + 1) / warm) ** 2
        optimizer.zero_grad()
        (loss + ramp * s.sparsity * length).backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"  step {step} of {steps}, loss {loss.item():.3f}", flush=True)
    head.eval()


def _literal_mask(literal: Tensor, words: int) -> Tensor:
    """1 for the words that a text contains, [b, words]."""
    mask = torch.zeros(len(literal), words + 1)
    return mask.scatter_(1, literal, 1.0)[:, :words]


def strongest(weights: Tensor, count: int) -> Tensor:
    """The ``count`` strongest of each row, 0 elsewhere."""
    top = weights.topk(count, 1)
    return torch.zeros_like(weights).scatter(1, top.indices, top.values)


@torch.no_grad()
def report(data: TrainingData, encoder: DenseEncoder, head: SparseHead) -> None:
    for held_out in validation_sets(data):
        pooled, logits = data.pooled[held_out.pictures], data.logits[held_out.pictures]
        pictures = head(encoder.picture(pooled, class_weights(logits)))
        queries = head(data.text_vectors(data.captions[held_out.captions]))
        ranking = held_out.measure(
            strongest(queries, _MEASURED_TEXT_WORDS), strongest(pictures, _MEASURED_PICTURE_WORDS)
        )
        print(f"  {held_out.name}: {ranking}")


def run(work: Workspace) -> None:
    torch.set_num_threads(work.threads)
    data = TrainingData.load(work)
    encoder = DenseEncoder.load(work, data)
    settings = Schedule()
    head = SparseHead(word_vectors(work))
    train(head, examples(work, data, encoder, settings), settings)
    np.savez(work.file("head.npz"), **{k: v.numpy() for k, v in head.state_dict().items()})
    report(data, encoder, head)
