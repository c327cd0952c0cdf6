"""The training loop of D2S: resumable after a kill, to the same result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from lsr_opensearch.device import gpu_memory
from lsr_opensearch.errors import TrainingError
from lsr_opensearch.training import checkpoints, schedules
from lsr_opensearch.training.checkpoints import CHECKPOINT_FILE, Progress, Training
from lsr_opensearch.training.d2s.control import ExpansionControl
from lsr_opensearch.training.d2s.distillation import distillation_loss
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.products import SparseProducts, sparse_products
from lsr_opensearch.training.d2s.schedules import expansion_probability
from lsr_opensearch.training.d2s.settings import D2SSettings
from lsr_opensearch.training.d2s.validation import validate
from lsr_opensearch.training.origin import Origin, digest, sampled
from lsr_opensearch.training.regularisers import Regulariser, df_flops, flops, l1

# Steps of an epoch after which document frequencies are taken anew for DF-FLOPS.
_FREQUENCIES_EVERY = 100
_ROWS = 512
_AS_LIKELY_AS_NOT = 0.5
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# Done and in all, steps.
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Trained:
    """What came out.

    Attributes:
        head: the best by validation R@1, of those that may be (`_Run._may_be_best`).
        progress: with the whole log.
        settings: that it was trained with.
    """

    head: D2SHead
    progress: Progress
    settings: D2SSettings


def train_d2s(
    head: D2SHead,
    train: Examples,
    validation: Examples,
    settings: D2SSettings,
    folder: Path,
    on_step: OnStep | None = None,
) -> Trained:
    """Train ``head`` in place; begun before in ``folder``, go on.

    The order of the captions and every draw of expansion control follow from the seed and the
    number of the step alone, and a checkpoint is written after each epoch: killed at any step and
    begun again, it ends with the same head (on a processor with as many threads).

    Raises:
        TrainingError: the checkpoint in ``folder`` is not of this training, the loss is no number
            any more, or the GPU's memory is too small.
    """
    run = _Run(head, train, validation, settings, folder / CHECKPOINT_FILE, on_step)
    smaller = f"Ask for smaller ones: --batch {max(1, settings.batch // 2)}"
    with gpu_memory(f"batches of {settings.batch}", smaller, TrainingError):
        return run.to_the_end()


class _Run:
    def __init__(
        self,
        head: D2SHead,
        train: Examples,
        validation: Examples,
        settings: D2SSettings,
        checkpoint: Path,
        on_step: OnStep | None,
    ) -> None:
        self.head, self.train, self.validation = head, train, validation
        self.settings, self.checkpoint, self.on_step = settings, checkpoint, on_step
        self.steps_an_epoch = -(-len(train.texts) // settings.batch)
        self.steps = self.steps_an_epoch * settings.epochs
        self.optimiser = torch.optim.AdamW(
            [
                {
                    "params": [
                        *head.vocab_layer_norm.parameters(),
                        *head.vocab_projector.parameters(),
                    ],
                    "lr": settings.vocabulary_rate,
                },
                {"params": list(head.proj.parameters()), "lr": settings.projection_rate},
            ],
            weight_decay=0.0,
        )
        data = digest(train.tensors("train/") | validation.tensors("val/"))
        self.training = Training(settings, Origin(data, sampled(head.state_dict())))
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.image_regulariser, self.text_regulariser = _regularisers(settings)

    def to_the_end(self) -> Trained:
        progress, best = Progress(), self._copied()
        if self.checkpoint.exists():
            progress, best = checkpoints.load(
                self.checkpoint, self.head, self.optimiser, self.training
            )
        while not self._is_over(progress):
            begun = time.monotonic()
            row = self._epoch(progress.epochs)
            found = validate(self.head, self.validation)
            seconds = progress.seconds + time.monotonic() - begun
            progress = replace(
                progress,
                epochs=progress.epochs + 1,
                rows=(*progress.rows, row | asdict(found) | {"seconds": seconds}),
                seconds=seconds,
            )
            if self._may_be_best(progress.epochs) and found.recall_at_1 > progress.best:
                progress = replace(progress, best=found.recall_at_1, best_epoch=progress.epochs)
                best = self._copied()
            checkpoints.save(
                self.checkpoint, self.head, best, self.optimiser, progress, self.training
            )
        self.head.load_state_dict(best)
        return Trained(self.head, progress, self.settings)

    def _is_over(self, progress: Progress) -> bool:
        patience = self.settings.patience
        waited = progress.epochs - progress.best_epoch
        is_hopeless = progress.best_epoch > 0 and 0 < patience <= waited
        return progress.epochs >= self.settings.epochs or is_hopeless

    def _may_be_best(self, epochs: int) -> bool:
        """Whether the training has come far enough for a head to be taken for its result.

        At first a head says the dense vectors in arbitrary words: that finds well, and is what
        regularisation and expansion control are there to end. So the first does not count before
        it is fully on, nor the second before expansion is as likely as not.
        """
        settings = self.settings
        if epochs == settings.epochs:
            return True
        probability = self._expansion_probability(epochs - 1)
        return epochs > settings.warm_up * settings.epochs and (
            probability >= _AS_LIKELY_AS_NOT or settings.schedule == "fixed"
        )

    def _expansion_probability(self, epoch: int) -> float:
        settings = self.settings
        return expansion_probability(
            epoch,
            settings.epochs,
            schedule="none" if settings.control == "none" else settings.schedule,
            share=settings.expansion_share,
            fixed=settings.fixed_probability,
        )

    def _epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the captions; means of what the log keeps."""
        settings, sums = self.settings, torch.zeros(4, dtype=torch.float64)
        probability = self._expansion_probability(epoch)
        step = epoch * self.steps_an_epoch
        seed = settings.seed * 1_000_000 + epoch
        for rows in self.train.batches(settings.batch, seed):
            sums += torch.tensor(self._step(step, rows, probability), dtype=torch.float64)
            step += 1
            if self.on_step:
                self.on_step(step, self.steps)
        means = (sums / self.steps_an_epoch).tolist()
        names = ("distillation", "regularisation", "trained_image_terms", "trained_text_terms")
        return {
            "epoch": epoch + 1,
            "expansion_probability": probability,
            "learning_rate": self._rate(step - 1),
            **dict(zip(names, means, strict=True)),
        }

    def _step(
        self, step: int, rows: Tensor, probability: float
    ) -> tuple[float, float, float, float]:
        settings = self.settings
        images = self.train.images[self.train.image_of_text[rows]]
        texts = self.train.texts[rows]
        control = ExpansionControl.draw(
            settings.control, self.train.literal[rows], probability, _draw_seed(settings.seed, step)
        )
        products = sparse_products(
            self.head,
            images,
            texts,
            image_mask=control.mask if settings.control_images else None,
            text_mask=control.mask,
            dtype=_DTYPES[settings.precision],
        )
        loss = distillation_loss(products.scores, images @ texts.T, settings.temperature)
        penalty = self._penalty(step, products, len(rows))
        total = loss + penalty
        if not torch.isfinite(total):
            raise TrainingError(
                f"The loss is {total.item()} at step {step + 1}.",
                "Lower the learning rates, or train in fp32.",
            )
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * self._rate(step)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.optimiser.step()
        return loss.item(), penalty.item(), products.image_terms, products.text_terms

    def _penalty(self, step: int, products: SparseProducts, batch: int) -> Tensor:
        """(lambda_q R(texts) + lambda_d R(images)) / 2, times its share at this step."""
        settings = self.settings
        # From the first step of an epoch on, since that is where a killed training goes on.
        is_due = step % self.steps_an_epoch % _FREQUENCIES_EVERY == 0
        if settings.regulariser == "df-flops" and is_due:
            self.image_regulariser, self.text_regulariser = self._by_frequency()
        share = schedules.regularisation(step, self.steps, settings.warm_up)
        of_texts = settings.text_weight * self.text_regulariser(products.text_sums, batch)
        of_images = settings.image_weight * self.image_regulariser(products.image_sums, batch)
        return share * (of_texts + of_images) / 2

    @torch.no_grad()
    def _by_frequency(self) -> tuple[Regulariser, Regulariser]:
        """DF-FLOPS with the document frequencies of the validation split at this moment."""

        def frequency(vectors: Tensor) -> Tensor:
            counts = [(self.head(some) > 0).sum(0) for some in vectors.split(_ROWS)]
            return torch.stack(counts).sum(0) / len(vectors)

        return (
            df_flops(frequency(self.validation.images)),
            df_flops(frequency(self.validation.texts)),
        )

    def _rate(self, step: int) -> float:
        return schedules.learning_rate(step, self.steps, self.settings.warm_up)

    def _copied(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.head.state_dict().items()}


def _regularisers(settings: D2SSettings) -> tuple[Regulariser, Regulariser]:
    one: Regulariser = l1 if settings.regulariser == "l1" else flops
    return one, one


def _draw_seed(seed: int, step: int) -> int:
    return (seed * 1_000_000_007 + step) % 2**31
