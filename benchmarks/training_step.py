"""One training step of D2S against a plain rendering of the published loop.

.venv-torch/bin/python -m benchmarks.training_step [--device cuda]

Batch 512, 30,522 words, vectors of 256 numbers, hidden 768; half of the captions expanded, and at
both levels half of the words. The plain loop is measured as it is, and with the one line that
spares it subnormal gradients. Times are medians over rounds in turns; memory is what a process of
its own grows by in a step (on a GPU: what torch allocates at most), gradients left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.results import tell
from lsr_opensearch.training.d2s.control import ExpansionControl
from lsr_opensearch.training.d2s.distillation import distillation_loss
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.names import Level
from lsr_opensearch.training.d2s.products import NEGLIGIBLE, PART, sparse_products

BATCH, WIDTH, HIDDEN, WORDS = 512, 256, 768, 30_522
ROUNDS = 5
WEIGHT = 1e-3
LEVELS: tuple[Level, ...] = ("caption", "both")
Step = Callable[[], float]


def head(device: str) -> D2SHead:
    torch.manual_seed(0)
    return D2SHead(WIDTH, HIDDEN, WORDS, (0,)).to(device)


def batch(device: str) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    images, texts = (torch.nn.functional.normalize(torch.randn(BATCH, WIDTH)) for _ in range(2))
    literal = torch.randint(1, WORDS, (BATCH, 12))
    return images.to(device), texts.to(device), literal.to(device)


def ours(made: D2SHead, level: Level, device: str) -> Step:
    images, texts, literal = batch(device)
    control = ExpansionControl.draw(level, literal, 0.5, 1)

    def step() -> float:
        made.zero_grad(set_to_none=True)
        found = sparse_products(made, images, texts, text_mask=control.mask)
        loss = distillation_loss(found.scores, images @ texts.T, 1e-3)
        sums = found.image_sums.sum() + found.text_sums.sum()
        loss = loss + WEIGHT * sums / BATCH / 2
        loss.backward()
        return loss.item()

    return step


def plain(made: D2SHead, level: Level, device: str, *, spared: bool) -> Step:
    """As the published loop does it: whole vectors, a mask of floats, and autograd.

    The published loop has no word level; it is rendered as one more draw for the mask, the same
    draw as ours so that both losses are one. ``spared`` of gradients that are next to nothing, the
    processor never multiplies subnormal numbers.
    """
    images, texts, literal = batch(device)
    control = ExpansionControl.draw(level, literal, 0.5, 1)

    def sparse(vectors: Tensor) -> Tensor:
        hidden = made.vocab_layer_norm(made.proj(vectors))
        return torch.log1p(torch.relu(made.vocab_projector(hidden)))

    def text_mask() -> Tensor:
        mask = torch.zeros(BATCH, WORDS, device=device)
        mask[torch.arange(BATCH, device=device)[:, None], literal] = 1.0
        if level == "caption":
            mask[control.caption_expands] = 1.0
            return mask
        starts = range(0, WORDS, PART)
        drawn = [control.mask(start, min(start + PART, WORDS)) for start in starts]
        return torch.cat([part for part in drawn if part is not None], dim=1).float()

    def step() -> float:
        made.zero_grad(set_to_none=True)
        is_word = made.is_word.float()
        text = sparse(texts) * text_mask() * is_word
        image = sparse(images) * is_word
        scores = image @ text.T
        if spared:
            scores.register_hook(lambda given: given.masked_fill(given.abs() < NEGLIGIBLE, 0))
        loss = distillation_loss(scores, images @ texts.T, 1e-3)
        penalty = torch.abs(text * WEIGHT).sum(1).mean() + torch.abs(image * WEIGHT).sum(1).mean()
        loss = loss + penalty / 2
        loss.backward()
        return loss.item()

    return step


WAYS = {
    "ours": ours,
    "plain": partial(plain, spared=False),
    "plain, no subnormals": partial(plain, spared=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--grown", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--level", choices=LEVELS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.grown:
        print(_grows_by(given.grown, given.level, given.device))
        return
    rows = [row for level in LEVELS for row in _compared(level, given.device)]
    name = "training_step" if given.device == "cpu" else "training_step_gpu"
    tell(name, rows, command=f"training_step --device {given.device}", torch=torch.__version__)


def _compared(level: Level, device: str) -> list[dict[str, object]]:
    """Both ways at one level of control: a row each, ratios over the plain loop."""
    steps = {name: make(head(device), level, device) for name, make in WAYS.items()}
    losses = {name: step() for name, step in steps.items()}
    near = 1e-3 * abs(losses["plain"])
    assert all(abs(loss - losses["plain"]) < near for loss in losses.values()), losses
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            begun = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - begun)
    grown = {name: _grown(name, level, device) for name in steps}
    return [
        {
            "control": level,
            "way": name,
            "step_s": statistics.median(times[name]),
            "time_ratio": statistics.median(
                one / other for one, other in zip(times[name], times["plain"], strict=True)
            ),
            "peak_grows_by_mib": grown[name] / 2**20,
            "memory_ratio": grown[name] / grown["plain"],
        }
        for name in steps
    ]


def _grown(name: str, level: Level, device: str) -> int:
    module = [sys.executable, "-m", "benchmarks.training_step"]
    options = ["--grown", name, "--level", level, "--device", device]
    # What is freed goes back to the system at once, or a first step hides what the next one needs.
    env = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    done = subprocess.run([*module, *options], check=True, capture_output=True, text=True, env=env)
    return int(json.loads(done.stdout))


def _grows_by(name: str, level: Level, device: str) -> int:
    """How far the process grows in a step, over what it holds before and its gradients."""
    made = head(device)
    step = WAYS[name](made, level, device)
    step()
    made.zero_grad(set_to_none=True)
    gradients = sum(4 * each.numel() for each in made.parameters())
    return (_in_gpu if device == "cuda" else _in_process)(step) - gradients


def _in_process(step: Step) -> int:
    largest, is_over = 0, threading.Event()

    def watch() -> None:
        nonlocal largest
        while not is_over.wait(0.002):
            largest = max(largest, _resident())

    before = _resident()
    watcher = threading.Thread(target=watch)
    watcher.start()
    step()
    is_over.set()
    watcher.join()
    return largest - before


def _in_gpu(step: Step) -> int:
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    step()
    return torch.cuda.max_memory_allocated() - before


def _resident() -> int:
    """Bytes that the process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
