"""Each equation of the rivals against a plain rendering of it in numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from lsr_opensearch.training.rivals import lexical
from lsr_opensearch.training.rivals.contrastive import info_nce
from lsr_opensearch.training.rivals.lexical import LexicalHead, LexicalTexts
from lsr_opensearch.training.rivals.pooling import Activation, elu1p, log1p_relu, strongest, unit
from tests.training.rivals.toys import bert_config

BATCH, POSITIONS, HIDDEN, WORDS = 5, 4, 6, 30
SPECIAL = (0, 3)
Floats = npt.NDArray[np.float32]


def head(activation: Activation = log1p_relu, *, normalises: bool = False) -> LexicalHead:
    torch.manual_seed(0)
    return LexicalHead(
        nn.Linear(HIDDEN, WORDS), WORDS, SPECIAL, activation, normalises=normalises
    ).eval()


def hidden_and_mask() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    hidden = 3 * torch.randn(BATCH, POSITIONS, HIDDEN)
    return hidden, torch.tensor([[1] * n + [0] * (POSITIONS - n) for n in (4, 3, 2, 1, 4)])


def largest_logits(made: LexicalHead, hidden: Tensor, mask: Tensor) -> Floats:
    """The largest logit of each word over the positions that count, one by one."""
    weight = made.logits.weight.detach().numpy()
    bias = made.logits.bias.detach().numpy()
    found = np.empty((BATCH, WORDS), np.float32)
    for row in range(BATCH):
        counted = [place for place in range(POSITIONS) if mask[row, place]]
        logits = np.stack([weight @ hidden[row, place].numpy() + bias for place in counted])
        found[row] = logits.max(0)
    return found


def test_only_positions_that_count_are_looked_at() -> None:
    made, (hidden, mask) = head(), hidden_and_mask()
    with torch.no_grad():
        found = strongest(made.logits(hidden), mask)
    assert np.allclose(found, largest_logits(made, hidden, mask), atol=1e-5)


def test_lexlip_and_stair_weigh_by_log1p_of_relu() -> None:
    made, (hidden, mask) = head(), hidden_and_mask()
    expected = np.log(1 + np.maximum(largest_logits(made, hidden, mask), 0))
    expected[:, list(SPECIAL)] = 0
    with torch.no_grad():
        assert np.allclose(made(hidden, mask), expected, atol=1e-5)


def test_vdr_weighs_by_elu_plus_1_and_its_vectors_have_length_1() -> None:
    made, (hidden, mask) = head(elu1p, normalises=True), hidden_and_mask()
    largest = largest_logits(made, hidden, mask)
    expected = np.where(largest > 0, largest + 1, np.exp(np.minimum(largest, 0)))
    expected[:, list(SPECIAL)] = 0
    expected /= np.sqrt((expected**2).sum(1, keepdims=True))
    with torch.no_grad():
        assert np.allclose(made(hidden, mask), expected, atol=1e-5)


def test_log1p_of_relu_may_stand_before_the_maximum_or_after_it() -> None:
    logits = torch.randn(BATCH, POSITIONS, WORDS)
    assert torch.equal(strongest(log1p_relu(logits)), log1p_relu(strongest(logits)))


@pytest.mark.parametrize("activation", [log1p_relu, elu1p])
def test_special_tokens_never_weigh_anything(activation: Activation) -> None:
    made, (hidden, mask) = head(activation), hidden_and_mask()
    nn.init.constant_(made.logits.bias, 100)
    with torch.no_grad():
        weights = made(hidden, mask)
    assert (weights[:, list(SPECIAL)] == 0).all()
    assert (weights > 0).sum() == BATCH * (WORDS - len(SPECIAL))


@pytest.mark.parametrize("activation", [log1p_relu, elu1p])
def test_a_row_in_which_no_position_counts_weighs_nothing(activation: Activation) -> None:
    made, (hidden, mask) = head(activation, normalises=True), hidden_and_mask()
    mask[2] = 0
    with torch.no_grad():
        assert (made(hidden, mask)[2] == 0).all()


def test_a_vector_of_zeros_stays_one() -> None:
    assert torch.equal(unit(torch.zeros(1, 3)), torch.zeros(1, 3))


def test_padding_changes_no_text() -> None:
    from transformers import BertForMaskedLM

    torch.manual_seed(0)
    model = BertForMaskedLM(bert_config())
    words = model.config.vocab_size
    made = LexicalHead(model.cls, words, (0, 1, 2, 3, 4), log1p_relu, normalises=True)
    texts = LexicalTexts(model.bert, made).eval()
    ids = torch.tensor([[2, 5, 9, 3]])
    padded = torch.nn.functional.pad(ids, (0, 6))
    with torch.no_grad():
        alone = texts(ids, torch.ones_like(ids))
        among = texts(padded, (padded > 0).long())
    assert alone.max() > 0
    assert torch.allclose(alone, among, atol=1e-6)


def test_a_few_rows_at_a_time_give_the_gradients_of_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lexical, "_MOST_LOGITS", 2 * POSITIONS * WORDS)
    made, (hidden, mask) = head(normalises=True), hidden_and_mask()
    by = torch.randn(BATCH, WORDS)
    found = []
    for training in (False, True):
        made.train(training).zero_grad()
        given = hidden.clone().requires_grad_()
        weights = made(given, mask)
        (weights * by).sum().backward()
        found.append((weights.detach(), given.grad, made.logits.weight.grad))
    for whole, parts in zip(*found, strict=True):
        assert torch.allclose(whole, parts, atol=1e-6)


def cross_entropy(scores: Floats, left_out: set[tuple[int, int]]) -> float:
    total = 0.0
    for row in range(len(scores)):
        columns = [column for column in range(len(scores)) if (row, column) not in left_out]
        total += np.log(np.exp(scores[row, columns]).sum()) - scores[row, row]
    return float(total / len(scores))


def test_the_loss_is_the_mean_of_both_cross_entropies() -> None:
    images, texts = torch.rand(4, WORDS), torch.rand(4, WORDS)
    scores = (images @ texts.T).numpy() / 0.5
    expected = (cross_entropy(scores, set()) + cross_entropy(scores.T, set())) / 2
    found = info_nce(images, texts, torch.tensor(2.0).log(), torch.arange(4))
    assert found == pytest.approx(expected, rel=1e-5)


def test_two_captions_of_one_picture_are_no_wrong_answers() -> None:
    images, texts = torch.rand(4, WORDS), torch.rand(4, WORDS)
    images[2] = images[0]
    scores = (images @ texts.T).numpy()
    left_out = {(0, 2), (2, 0)}
    expected = (cross_entropy(scores, left_out) + cross_entropy(scores.T, left_out)) / 2
    found = info_nce(images, texts, torch.tensor(0.0), torch.tensor([7, 8, 7, 9]))
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_temperature_is_never_below_a_hundredth() -> None:
    images, texts = torch.rand(4, WORDS), torch.rand(4, WORDS)
    given = images, texts
    at_limit = info_nce(*given, torch.tensor(100.0).log(), torch.arange(4))
    beyond = info_nce(*given, torch.tensor(1e6).log(), torch.arange(4))
    assert beyond == pytest.approx(float(at_limit), rel=1e-6)
