"""What the objective needs of a batch's sparse vectors, with little memory.

Sparse vectors over a vocabulary of 30,522 words are by far the largest tensors of a training step,
and a plain loop keeps several copies of them for the way back: after relu, after log1p, after each
mask, and the masks. The objective needs only their products with each other and their sums over
the batch. `sparse_products` walks over the vocabulary in parts, adds up both, and keeps one copy,
relu's: the rest follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lsr_opensearch.training.d2s.head import D2SHead

Mask = Callable[[int, int], Tensor | None]
# Words at once: large enough for fast products, small enough to stay near the processor.
PART = 2048
# Gradients of scores below this are taken for 0: they are far below what their sums round away.
# At the paper's temperature of 0.001 a softmax leaves many pairs some 1e-40, and processors take
# many times longer to multiply such subnormal numbers.
NEGLIGIBLE = 1e-30


@dataclass(frozen=True)
class SparseProducts:
    """Of a batch of pairs of an image and a text.

    Attributes:
        scores: image i with text j, [batch, batch].
        image_sums, text_sums: of each word, the sum of its weights over the batch, [vocabulary].
        image_terms, text_terms: mean number of words with a weight, no gradient.
    """

    scores: Tensor
    image_sums: Tensor
    text_sums: Tensor
    image_terms: float
    text_terms: float


def sparse_products(
    head: D2SHead,
    images: Tensor,
    texts: Tensor,
    *,
    image_mask: Mask | None = None,
    text_mask: Mask | None = None,
    part: int = PART,
    dtype: torch.dtype = torch.float32,
) -> SparseProducts:
    """The products and sums of the sparse vectors of a batch.

    Args:
        images, texts: dense vectors, [batch, width] each; row i of one belongs to row i of the
            other.
        image_mask, text_mask: for a range of the vocabulary, which of its words each row may
            say; None for all.
        part: words at once.
        dtype: what the large products are computed in; bfloat16 is twice as fast where the
            machine knows it. Sums and scores are float32.
    """
    projector = head.vocab_projector
    plan = _Plan(head.is_word, image_mask or _all, text_mask or _all, part, dtype)
    scores, image_sums, text_sums, active = _SparseProducts.apply(
        plan, head.hidden(images), head.hidden(texts), projector.weight, projector.bias
    )
    image_terms, text_terms = (active / len(images)).tolist()
    return SparseProducts(scores, image_sums, text_sums, image_terms, text_terms)


def _all(start: int, end: int) -> Tensor | None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class _Plan:
    is_word: Tensor
    image_mask: Mask
    text_mask: Mask
    part: int
    dtype: torch.dtype

    def ranges(self) -> Iterator[tuple[int, int]]:
        vocabulary = len(self.is_word)
        for start in range(0, vocabulary, self.part):
            yield start, min(start + self.part, vocabulary)

    def activations(
        self, hidden: Tensor, weight: Tensor, bias: Tensor, mask: Tensor | None, start: int
    ) -> Tensor:
        """relu of the logits of a part, 0 where the mask or a special token says so."""
        rows = weight[start : start + len(bias)].to(self.dtype)
        active = torch.addmm(bias.to(self.dtype), hidden.to(self.dtype), rows.T).relu_()
        is_word = self.is_word[start : start + len(bias)]
        if not bool(is_word.all()):
            active *= is_word
        if mask is not None:
            active *= mask
        return active


class _SparseProducts(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, plan: _Plan, images: Tensor, texts: Tensor, weight: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        scores = images.new_zeros(len(images), len(texts), dtype=torch.float32)
        image_sums = images.new_empty(len(weight), dtype=torch.float32)
        text_sums = torch.empty_like(image_sums)
        terms = images.new_zeros(2, dtype=torch.float64)
        kept: list[Tensor] = []
        for start, end in plan.ranges():
            some = bias[start:end]
            image = plan.activations(images, weight, some, plan.image_mask(start, end), start)
            text = plan.activations(texts, weight, some, plan.text_mask(start, end), start)
            kept += [image, text]
            terms[0] += torch.count_nonzero(image)
            terms[1] += torch.count_nonzero(text)
            image, text = image.log1p(), text.log1p()
            scores += image @ text.T
            torch.sum(image, 0, dtype=torch.float32, out=image_sums[start:end])
            torch.sum(text, 0, dtype=torch.float32, out=text_sums[start:end])
        ctx.plan = plan
        ctx.save_for_backward(images, texts, weight, *kept)
        ctx.mark_non_differentiable(terms)
        return scores, image_sums, text_sums, terms

    @staticmethod
    def backward(
        ctx: Any, for_scores: Tensor, for_image_sums: Tensor, for_text_sums: Tensor, _: Tensor
    ) -> tuple[None, Tensor, Tensor, Tensor, Tensor]:
        plan: _Plan = ctx.plan
        images, texts, weight, *kept = ctx.saved_tensors
        for_images, for_texts = torch.zeros_like(images), torch.zeros_like(texts)
        for_weight, for_bias = torch.empty_like(weight), weight.new_empty(len(weight))
        given = for_scores.masked_fill(for_scores.abs() < NEGLIGIBLE, 0).to(plan.dtype)
        low_images, low_texts = images.to(plan.dtype), texts.to(plan.dtype)
        parts = zip(plan.ranges(), kept[::2], kept[1::2], strict=True)
        for (start, end), image, text in parts:
            rows = weight[start:end].to(plan.dtype)
            for_image = torch.addmm(for_image_sums[start:end].to(plan.dtype), given, text.log1p())
            for_text = torch.addmm(for_text_sums[start:end].to(plan.dtype), given.T, image.log1p())
            _through_log1p_relu(for_image, image)
            _through_log1p_relu(for_text, text)
            for_images += for_image @ rows
            for_texts += for_text @ rows
            for_weight[start:end] = for_image.T @ low_images + for_text.T @ low_texts
            for_bias[start:end] = for_image.sum(0) + for_text.sum(0)
        return None, for_images, for_texts, for_weight, for_bias


def _through_log1p_relu(gradient: Tensor, active: Tensor) -> None:
    """d log(1 + relu(x)) / dx = 1 / (1 + x) where x > 0, else 0; in place."""
    gradient.div_(active + 1).mul_(active.sign())
