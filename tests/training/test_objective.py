"""One step of D2S against its equations: the loss, its gradients, and how far the weights move."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.settings import D2SSettings, Precision
from lsr_opensearch.training.d2s.trainer import Trained, train_d2s
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.training.test_training import SHORT, Splits, first_captions, new_head

BATCH = 100
TAU, LAMBDA_Q, LAMBDA_D = 0.05, 2e-3, 7e-3
# One step at the full rates and weights, and no caption may say more than its own words.
ONE_STEP = D2SSettings(
    schedule="fixed",
    fixed_probability=0.0,
    temperature=TAU,
    text_weight=LAMBDA_Q,
    image_weight=LAMBDA_D,
    batch=BATCH,
    epochs=1,
    projection_rate=1e-2,
    vocabulary_rate=3e-3,
    warm_up=0.0,
)


@pytest.fixture
def one_batch(splits: Splits) -> Splits:
    train, validation = splits
    few = replace(
        train,
        texts=train.texts[:BATCH],
        image_of_text=train.image_of_text[:BATCH],
        literal=train.literal[:BATCH],
    )
    return few, validation


def own_words(literal: Tensor, words: int) -> Tensor:
    """bow(caption), [captions, words]."""
    bow = torch.zeros(len(literal), words, dtype=torch.float64)
    for row, numbers in enumerate(literal.tolist()):
        bow[row, [number for number in numbers if number >= 0]] = 1
    return bow


def cross_entropy(scores: Tensor, wanted: Tensor) -> Tensor:
    return -(wanted * (scores - scores.exp().sum(1, keepdim=True).log())).sum(1).mean()


def expected(head: D2SHead, batch: Examples, *, control_images: bool) -> tuple[Tensor, Tensor]:
    """Distillation and regularisation of a batch in whole vectors, of 64 bits."""
    dense_images = batch.images[batch.image_of_text].double()
    dense_texts = batch.texts.double()
    images, texts = head(dense_images), head(dense_texts)
    bow = own_words(batch.literal, images.shape[1])
    texts = texts * bow
    if control_images:
        images = images * bow
    scores, dense = images @ texts.T, dense_images @ dense_texts.T
    i2t = cross_entropy(scores, (dense / TAU).softmax(1))
    t2i = cross_entropy(scores.T, (dense.T / TAU).softmax(1))
    l1_texts, l1_images = texts.abs().sum(1).mean(), images.abs().sum(1).mean()
    return (i2t + t2i) / 2, (LAMBDA_Q * l1_texts + LAMBDA_D * l1_images) / 2


@pytest.mark.parametrize("control_images", [False, True])
def test_the_first_loss_and_its_gradients_are_those_of_the_equations(
    planted: Path, vocabulary: Vocabulary, one_batch: Splits, tmp_path: Path, control_images: bool
) -> None:
    head = new_head(planted, vocabulary)
    plain = deepcopy(head).double()
    distillation, regularisation = expected(plain, one_batch[0], control_images=control_images)
    (distillation + regularisation).backward()

    settings = replace(ONE_STEP, control_images=control_images)
    (row,) = train_d2s(head, *one_batch, settings, tmp_path).progress.rows
    assert row["distillation"] == pytest.approx(distillation.item(), rel=1e-4)
    assert row["regularisation"] == pytest.approx(regularisation.item(), rel=1e-4)
    gradients = {name: one.grad for name, one in head.named_parameters()}
    for name, parameter in plain.named_parameters():
        largest = parameter.grad.abs().max().item()
        off = (gradients[name] - parameter.grad).abs().max().item()
        assert off < 1e-3 * largest, name


def test_each_part_moves_at_its_own_rate_and_nothing_decays(
    planted: Path, vocabulary: Vocabulary, one_batch: Splits, tmp_path: Path
) -> None:
    """Adam's first step is as long as the rate, whatever the gradient; decay would add to it."""
    head = new_head(planted, vocabulary)
    before = deepcopy(head.state_dict())
    train_d2s(head, *one_batch, ONE_STEP, tmp_path)
    moved = {
        name: (value - before[name]).abs().max().item() for name, value in head.state_dict().items()
    }
    assert moved == {
        "proj.weight": pytest.approx(1e-2, rel=1e-3),
        "proj.bias": pytest.approx(1e-2, rel=1e-3),
        "vocab_layer_norm.weight": pytest.approx(3e-3, rel=1e-3),
        "vocab_layer_norm.bias": pytest.approx(3e-3, rel=1e-3),
        "vocab_projector.weight": pytest.approx(3e-3, rel=1e-3),
        "vocab_projector.bias": pytest.approx(3e-3, rel=1e-3),
    }
    no_words = head.vocab_projector.bias[vocabulary.special]
    assert torch.equal(no_words, before["vocab_projector.bias"][vocabulary.special])


def test_controlled_images_say_the_words_of_their_captions_and_texts_what_they_said(
    planted: Path, vocabulary: Vocabulary, one_batch: Splits, tmp_path: Path
) -> None:
    def row(*, control_images: bool) -> dict[str, float]:
        folder = tmp_path / f"{control_images}"
        folder.mkdir()
        settings = replace(ONE_STEP, control_images=control_images)
        trained = train_d2s(new_head(planted, vocabulary), *one_batch, settings, folder)
        return trained.progress.rows[0]

    free, controlled = row(control_images=False), row(control_images=True)
    assert controlled["trained_text_terms"] == free["trained_text_terms"]
    in_a_caption = (one_batch[0].literal >= 0).sum(1).float().mean().item()
    assert 0 < controlled["trained_image_terms"] <= in_a_caption < free["trained_image_terms"]


def test_a_training_in_half_precision_is_near_one_in_full(
    planted: Path, vocabulary: Vocabulary, splits: Splits, tmp_path: Path
) -> None:
    def trained(precision: Precision) -> Trained:
        folder = tmp_path / precision
        folder.mkdir()
        settings = replace(SHORT, precision=precision)
        return train_d2s(new_head(planted, vocabulary), *first_captions(splits), settings, folder)

    full, half = trained("fp32"), trained("bf16")
    assert {one.dtype for one in half.head.parameters()} == {torch.float32}
    for exact, near in zip(full.progress.rows, half.progress.rows, strict=True):
        assert near["distillation"] != exact["distillation"]
        assert near["distillation"] == pytest.approx(exact["distillation"], rel=0.02)
        assert near["recall_at_1"] == pytest.approx(exact["recall_at_1"], abs=3)
