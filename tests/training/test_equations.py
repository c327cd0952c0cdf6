"""Each equation of D2S against a plain rendering of it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lsr_opensearch.training.d2s.control import ExpansionControl
from lsr_opensearch.training.d2s.distillation import distillation_loss
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.names import LEVELS, Level
from lsr_opensearch.training.d2s.products import sparse_products
from lsr_opensearch.training.d2s.schedules import expansion_probability
from lsr_opensearch.training.regularisers import df_flops, flops, l1
from lsr_opensearch.training.schedules import learning_rate, regularisation

WIDTH, HIDDEN, WORDS, BATCH = 6, 8, 50, 7
SPECIAL = (0, 3)


def head() -> D2SHead:
    torch.manual_seed(0)
    made = D2SHead(WIDTH, HIDDEN, WORDS, SPECIAL)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


def literal_words() -> Tensor:
    rows = "5 6 -1, 7 -1 -1, 49 5 8, 4 9 10, 11 -1 -1, 6 7 5, 12 13 14"
    return torch.tensor([[int(number) for number in row.split()] for row in rows.split(",")])


def test_the_head_is_log1p_of_relu_of_the_projected_norm() -> None:
    made, vectors = head(), torch.randn(3, WIDTH)
    hidden = vectors @ made.proj.weight.T + made.proj.bias
    centred = hidden - hidden.mean(1, keepdim=True)
    normed = centred / (centred.square().mean(1, keepdim=True) + 1e-12).sqrt()
    normed = normed * made.vocab_layer_norm.weight + made.vocab_layer_norm.bias
    logits = normed @ made.vocab_projector.weight.T + made.vocab_projector.bias
    expected = torch.log(1 + logits.clamp(min=0))
    expected[:, list(SPECIAL)] = 0
    assert torch.allclose(made(vectors), expected, atol=1e-5)


def test_special_tokens_never_weigh_anything() -> None:
    made = head()
    torch.nn.init.constant_(made.vocab_projector.bias, 100)
    weights = made(torch.randn(3, WIDTH))
    assert (weights[:, list(SPECIAL)] == 0).all()
    assert (weights > 0).sum() == 3 * (WORDS - len(SPECIAL))


def test_parts_are_named_as_in_the_published_checkpoints() -> None:
    parts = ("proj", "vocab_layer_norm", "vocab_projector")
    expected = {f"{part}.{name}" for part in parts for name in ("weight", "bias")}
    assert set(head().state_dict()) == expected


def test_without_expansion_only_a_captions_own_words_are_left() -> None:
    for level in ("caption", "word", "both"):
        mask = ExpansionControl.draw(level, literal_words(), 0.0, 1).mask(0, WORDS)
        assert mask is not None
        said = [sorted(mask[row].nonzero()[:, 0].tolist()) for row in range(BATCH)]
        assert said == [sorted(set(row) - {-1}) for row in literal_words().tolist()]


@pytest.mark.parametrize("level", LEVELS)
def test_with_full_expansion_nothing_is_masked(level: Level) -> None:
    assert ExpansionControl.draw(level, literal_words(), 1.0, 1).mask(0, WORDS) is None


def test_no_control_never_masks() -> None:
    assert ExpansionControl.draw("none", literal_words(), 0.0, 1).mask(0, WORDS) is None


def test_each_caption_is_drawn_for_itself() -> None:
    literal = torch.full((4000, 1), -1)
    mask = ExpansionControl.draw("caption", literal, 0.3, 7).mask(0, WORDS)
    assert mask is not None
    expands = mask.all(1)
    assert ((mask.sum(1) == 0) | expands).all()
    assert expands.float().mean() == pytest.approx(0.3, abs=0.03)


def test_each_word_is_drawn_for_itself() -> None:
    literal = torch.full((400, 1), -1)
    mask = ExpansionControl.draw("word", literal, 0.3, 7).mask(0, WORDS)
    assert mask is not None
    assert mask.float().mean() == pytest.approx(0.3, abs=0.02)
    assert mask.float().mean(0).sub(0.3).abs().max() < 0.12
    assert mask.float().mean(1).sub(0.3).abs().max() < 0.25


def test_both_levels_must_allow_a_word() -> None:
    literal = torch.full((4000, 1), -1)
    mask = ExpansionControl.draw("both", literal, 0.5, 7).mask(0, WORDS)
    assert mask is not None
    assert (mask.sum(1) == 0).float().mean() == pytest.approx(0.5, abs=0.03)
    assert mask.float().mean() == pytest.approx(0.25, abs=0.02)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(LEVELS), st.floats(0, 1), st.integers(0, 2**31), st.integers(0, WORDS - 1))
def test_the_same_seed_draws_the_same_and_own_words_are_always_left(
    level: Level, probability: float, seed: int, start: int
) -> None:
    masks = [
        ExpansionControl.draw(level, literal_words(), probability, seed).mask(start, WORDS)
        for _ in range(2)
    ]
    if masks[0] is None:
        assert masks[1] is None
        return
    assert torch.equal(masks[0], masks[1])
    for row, words in enumerate(literal_words().tolist()):
        assert all(masks[0][row, word - start] for word in words if word >= start)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("part", [1, 16, 64])
@pytest.mark.parametrize("masked", [("text",), ("image",), ("image", "text")])
def test_products_and_their_gradients_are_those_of_whole_vectors(
    level: Level, part: int, masked: tuple[str, ...]
) -> None:
    made = head()
    images, texts = torch.randn(BATCH, WIDTH), torch.randn(BATCH, WIDTH)
    control = ExpansionControl.draw(level, literal_words(), 0.5, 3)
    given_masks = {f"{side}_mask": control.mask for side in masked}
    found = sparse_products(made, images, texts, **given_masks, part=part)
    given = torch.randn(BATCH, BATCH), torch.randn(WORDS), torch.randn(WORDS)
    sums = (found.scores, found.image_sums, found.text_sums)
    sum((one * by).sum() for one, by in zip(sums, given, strict=True)).backward()
    gradients = {name: one.grad.clone() for name, one in made.named_parameters()}

    made.zero_grad()
    image, text = made(images), made(texts)
    masks = [control.mask(start, min(start + part, WORDS)) for start in range(0, WORDS, part)]
    if masks[0] is not None:
        mask = torch.cat([mask for mask in masks if mask is not None], 1)
        image = image * mask if "image" in masked else image
        text = text * mask if "text" in masked else text
    whole = (image @ text.T, image.sum(0), text.sum(0))
    sum((one * by).sum() for one, by in zip(whole, given, strict=True)).backward()
    for one, expected in zip(sums, whole, strict=True):
        assert torch.allclose(one, expected, atol=1e-4)
    for name, parameter in made.named_parameters():
        assert torch.allclose(gradients[name], parameter.grad, atol=1e-3, rtol=1e-3), name
    assert found.image_terms == pytest.approx(float((image > 0).sum()) / BATCH)
    assert found.text_terms == pytest.approx(float((text > 0).sum()) / BATCH)


def test_subnormal_gradients_of_scores_never_reach_the_large_products() -> None:
    made, images, texts = head(), torch.randn(BATCH, WIDTH), torch.randn(BATCH, WIDTH)

    def gradients(given: Tensor) -> list[Tensor]:
        made.zero_grad()
        sparse_products(made, images, texts).scores.backward(given)
        return [one.grad.clone() for one in made.parameters()]

    subnormal = torch.full((BATCH, BATCH), 1e-40)
    assert all((one == 0).all() for one in gradients(subnormal))
    pairs = torch.eye(BATCH)
    alone, among = gradients(pairs), gradients(torch.where(pairs == 1, pairs, subnormal))
    assert all(torch.equal(one, other) for one, other in zip(alone, among, strict=True))
    assert all((one != 0).any() for one in alone)


def test_half_precision_is_near_in_scores_sums_and_gradients() -> None:
    # Always the same: by chance, a logit lies so near 0 that rounding switches its word on or off.
    torch.manual_seed(1)
    images, texts = torch.randn(BATCH, WIDTH), torch.randn(BATCH, WIDTH)
    given = torch.randn(BATCH, BATCH), torch.randn(WORDS), torch.randn(WORDS)
    control = ExpansionControl.draw("both", literal_words(), 0.5, 3)

    def computed(dtype: torch.dtype) -> list[Tensor]:
        made = head()
        found = sparse_products(made, images, texts, text_mask=control.mask, dtype=dtype)
        sums = [found.scores, found.image_sums, found.text_sums]
        sum((one * by).sum() for one, by in zip(sums, given, strict=True)).backward()
        return [one.detach() for one in sums] + [one.grad for one in made.parameters()]

    whole, half = computed(torch.float32), computed(torch.bfloat16)
    for exact, near in zip(whole, half, strict=True):
        assert near.dtype == torch.float32
        # bfloat16 has 8 bits: what is rounded is off by a few thousandths.
        assert 1e-4 < (near - exact).norm() / exact.norm() < 0.02


def test_the_loss_is_the_mean_of_both_cross_entropies() -> None:
    scores, dense, temperature = torch.randn(3, 3), torch.randn(3, 3), 0.7

    def cross_entropy(s: list[list[float]], d: list[list[float]]) -> float:
        total = 0.0
        for row, wanted in zip(s, d, strict=True):
            weights = [math.exp(one / temperature) for one in wanted]
            largest = math.log(sum(math.exp(one) for one in row))
            total += sum(
                weight / sum(weights) * (largest - one)
                for weight, one in zip(weights, row, strict=True)
            )
        return total / len(s)

    expected = cross_entropy(scores.tolist(), dense.tolist())
    expected += cross_entropy(scores.T.tolist(), dense.T.tolist())
    assert distillation_loss(scores, dense, temperature) == pytest.approx(expected / 2, rel=1e-5)


def test_regularisers_are_functions_of_the_sums() -> None:
    weights = torch.rand(4, 5)
    assert l1(weights.sum(0), 4) == pytest.approx(float(weights.sum(1).mean()))
    assert flops(weights.sum(0), 4) == pytest.approx(float((weights.mean(0) ** 2).sum()))


def test_words_pay_by_how_common_they_are() -> None:
    sums = torch.tensor([4.0, 4.0, 4.0])
    never, half, always = (
        float(df_flops(torch.tensor([share] * 3))(sums, 4)) for share in (0.0, 0.1, 1.0)
    )
    assert never == pytest.approx(0, abs=1e-6)
    assert half == pytest.approx(3 * 0.5**2)
    assert always == pytest.approx(3)


@pytest.mark.parametrize("share", [0.003, 0.02, 0.1, 0.3, 1.0])
def test_the_price_of_a_word_is_the_papers_activation(share: float) -> None:
    """DF-FLOPS: act(x) = 1 / (1 + (x^(log_alpha 2) - 1)^beta), alpha 0.1 and beta 10."""
    price = 1 / (1 + (share ** math.log(2, 0.1) - 1) ** 10)
    sums = torch.tensor([3.0, 5.0])
    expected = (price * 3 / 4) ** 2 + (price * 5 / 4) ** 2
    found = df_flops(torch.tensor([share] * 2))(sums, 4)
    assert float(found) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_the_schedules_are_those_of_the_paper() -> None:
    assert [learning_rate(step, 100, 0.2) for step in (0, 10, 20, 60, 100)] == [0, 0.5, 1, 0.5, 0]
    assert [regularisation(step, 100, 0.2) for step in (0, 10, 20, 99)] == [0, 0.25, 1, 1]
    assert [expansion_probability(epoch, 200) for epoch in (0, 95, 190, 199)] == [0, 0.5, 1, 1]
    assert expansion_probability(3, 200, schedule="fixed", fixed=0.4) == 0.4
    assert expansion_probability(0, 200, schedule="none") == 1
