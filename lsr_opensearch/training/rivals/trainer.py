"""The training loop of the rivals: resumable after a kill, to the same result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from lsr_opensearch.device import gpu_memory
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import TrainingError
from lsr_opensearch.training import checkpoints, schedules
from lsr_opensearch.training.checkpoints import CHECKPOINT_FILE, Progress, Training
from lsr_opensearch.training.origin import Origin, digest, sampled
from lsr_opensearch.training.regularisers import flops
from lsr_opensearch.training.rivals.contrastive import info_nce
from lsr_opensearch.training.rivals.decoding import decoded
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.pairs import Pairs
from lsr_opensearch.training.rivals.settings import RivalSettings
from lsr_opensearch.training.rivals.validation import validate

# Done and in all, steps.
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Trained:
    """What came out.

    Attributes:
        rival: the best by validation R@1, of the epochs in which regularisation was fully on.
        progress: with the whole log.
        settings: that it was trained with.
    """

    rival: Rival
    progress: Progress
    settings: RivalSettings


@dataclass(frozen=True)
class Data:
    """What it learns from, and is looked at with.

    Attributes:
        picture: how a picture becomes pixels.
    """

    train: Pairs
    validation: Pairs
    picture: PictureInput


def train_rival(
    rival: Rival,
    data: Data,
    settings: RivalSettings,
    folder: Path,
    device: torch.device | str = "cpu",
    on_step: OnStep | None = None,
) -> Trained:
    """Train ``rival``, which is on ``device``, in place; begun before in ``folder``, go on.

    The order of the captions and every draw of the networks' dropout follow from the seed and the
    number of the step alone, and a checkpoint is written after each epoch: killed at any step and
    begun again, it ends with the same networks (on a processor with as many threads).

    Raises:
        ImageError: a picture cannot be decoded.
        TrainingError: the checkpoint in ``folder`` is not of this training, the loss is no number
            any more, or the GPU's memory is too small.
    """
    run = _Run(rival, data, settings, folder / CHECKPOINT_FILE, device, on_step)
    smaller = f"Ask for smaller ones: --batch {max(2, settings.batch // 2)}"
    with gpu_memory(f"batches of {settings.batch}", smaller, TrainingError):
        return run.to_the_end()


class _Run:
    def __init__(
        self,
        rival: Rival,
        data: Data,
        settings: RivalSettings,
        checkpoint: Path,
        device: torch.device | str,
        on_step: OnStep | None,
    ) -> None:
        self.rival, self.data, self.settings = rival, data, settings
        self.checkpoint, self.device, self.on_step = checkpoint, torch.device(device), on_step
        self.steps_an_epoch = -(-len(data.train.tokens) // settings.batch)
        self.steps = self.steps_an_epoch * settings.epochs
        told = digest({}, [str(data.picture), *data.train.told(), *data.validation.told()])
        self.training = Training(settings, Origin(told, sampled(rival.state_dict())))
        trained = [one for one in rival.parameters() if one.requires_grad]
        # Biases and norms are vectors; what is decayed are matrices.
        groups = (
            ([one for one in trained if one.ndim > 1], settings.weight_decay),
            ([one for one in trained if one.ndim <= 1], 0.0),
        )
        self.optimiser = torch.optim.AdamW(
            [{"params": params, "weight_decay": decay} for params, decay in groups],
            lr=settings.rate,
        )

    def to_the_end(self) -> Trained:
        progress, best = Progress(), self._copied()
        if self.checkpoint.exists():
            progress, best = checkpoints.load(
                self.checkpoint, self.rival, self.optimiser, self.training
            )
        while progress.epochs < self.settings.epochs:
            begun = time.monotonic()
            row = self._epoch(progress.epochs)
            trained_s = time.monotonic() - begun
            found = validate(self.rival, self.data.validation, self.data.picture, self.device)
            progress = replace(
                progress,
                epochs=progress.epochs + 1,
                rows=(*progress.rows, row | asdict(found) | {"train_seconds": trained_s}),
                seconds=progress.seconds + time.monotonic() - begun,
            )
            if self._may_be_best(progress.epochs) and found.recall_at_1 > progress.best:
                progress = replace(progress, best=found.recall_at_1, best_epoch=progress.epochs)
                best = self._copied()
            checkpoints.save(
                self.checkpoint, self.rival, best, self.optimiser, progress, self.training
            )
        self.rival.load_state_dict(best)
        return Trained(self.rival.eval(), progress, self.settings)

    def _may_be_best(self, epochs: int) -> bool:
        """Not while words are cheap still: those networks find well, and need too many of them."""
        settings = self.settings
        return epochs == settings.epochs or (
            epochs > settings.regularisation_warm_up * settings.epochs
        )

    def _epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the captions; means of what the log keeps."""
        self.rival.train()
        train, settings = self.data.train, self.settings
        batches = list(train.batches(settings.batch, settings.seed * 1_000_000 + epoch))
        files = (
            [train.files[number] for number in train.image_of_text[rows].tolist()]
            for rows in batches
        )
        sums = torch.zeros(2, dtype=torch.float64)
        step = epoch * self.steps_an_epoch
        for rows, pixels in zip(batches, decoded(files, self.data.picture), strict=True):
            sums += torch.tensor(self._step(step, rows, pixels), dtype=torch.float64)
            step += 1
            if self.on_step:
                self.on_step(step, self.steps)
        contrastive, regularisation = (sums / self.steps_an_epoch).tolist()
        return {
            "epoch": epoch + 1,
            "contrastive": contrastive,
            "regularisation": regularisation,
            "temperature": self.rival.log_scale.detach().neg().exp().item(),
            "learning_rate": schedules.learning_rate(step - 1, self.steps, settings.warm_up),
        }

    def _step(self, step: int, rows: Tensor, pixels: Tensor) -> tuple[float, float]:
        settings, train = self.settings, self.data.train
        torch.manual_seed((settings.seed * 1_000_000_007 + step) % 2**31)
        ids, mask = train.text_batch(rows.tolist())
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
            images = self.rival.images(pixels.to(self.device))
            texts = self.rival.texts(ids.to(self.device), mask.to(self.device))
        numbers = train.image_of_text[rows].to(self.device)
        loss = info_nce(images, texts, self.rival.log_scale, numbers)
        penalty = self._penalty(step, images, texts)
        total = loss + penalty
        if not torch.isfinite(total):
            raise TrainingError(
                f"The loss is {total.item()} at step {step + 1}.",
                "Begin again with a smaller learning rate, or in fp32.",
            )
        rate = settings.rate * schedules.learning_rate(step, self.steps, settings.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.rival.parameters(), settings.most_gradient)
        self.optimiser.step()
        return loss.item(), penalty.item()

    def _penalty(self, step: int, images: Tensor, texts: Tensor) -> Tensor:
        """lambda_q FLOPS(texts) + lambda_d FLOPS(images), times its share at this step."""
        settings = self.settings
        share = schedules.regularisation(step, self.steps, settings.regularisation_warm_up)
        of_texts = settings.text_weight * flops(texts.sum(0), len(texts))
        of_images = settings.image_weight * flops(images.sum(0), len(images))
        return share * (of_texts + of_images)

    def _copied(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.rival.state_dict().items()}
