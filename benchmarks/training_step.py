"""One training step of D2S against a plain rendering of the published loop.

.venv-torch/bin/python -m benchmarks.training_step

Batch 512, 30,522 words, vectors of 256 numbers, hidden 768; expansion control at the caption level,
half of the captions expanded. Times are medians over rounds in turns; memory is what a process of
its own grows by in a step, gradients left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.results import tell
from lsr_opensearch.training.d2s.control import ExpansionControl
from lsr_opensearch.training.d2s.distillation import distillation_loss
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.products import sparse_products

BATCH, WIDTH, HIDDEN, WORDS = 512, 256, 768, 30_522
ROUNDS = 5
WEIGHT = 1e-3
Step = Callable[[], float]


def head() -> D2SHead:
    torch.manual_seed(0)
    return D2SHead(WIDTH, HIDDEN, WORDS, (0,))


def batch() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    images, texts = (torch.nn.functional.normalize(torch.randn(BATCH, WIDTH)) for _ in range(2))
    return images, texts, torch.randint(1, WORDS, (BATCH, 12))


def ours(made: D2SHead) -> Step:
    images, texts, literal = batch()
    control = ExpansionControl.draw("caption", literal, 0.5, 1)

    def step() -> float:
        made.zero_grad(set_to_none=True)
        found = sparse_products(made, images, texts, text_mask=control.mask)
        loss = distillation_loss(found.scores, images @ texts.T, 1e-3)
        sums = found.image_sums.sum() + found.text_sums.sum()
        loss = loss + WEIGHT * sums / BATCH / 2
        loss.backward()
        return loss.item()

    return step


def plain(made: D2SHead) -> Step:
    """As the published loop does it: whole vectors, a mask of floats, and autograd."""
    images, texts, literal = batch()
    control = ExpansionControl.draw("caption", literal, 0.5, 1)

    def sparse(vectors: Tensor) -> Tensor:
        hidden = made.vocab_layer_norm(made.proj(vectors))
        return torch.log1p(torch.relu(made.vocab_projector(hidden)))

    def step() -> float:
        made.zero_grad(set_to_none=True)
        is_word = made.is_word.float()
        mask = torch.zeros(BATCH, WORDS)
        mask[torch.arange(BATCH)[:, None], literal] = 1.0
        mask[control.caption_expands] = 1.0
        text = sparse(texts) * mask * is_word
        image = sparse(images) * is_word
        loss = distillation_loss(image @ text.T, images @ texts.T, 1e-3)
        penalty = torch.abs(text * WEIGHT).sum(1).mean() + torch.abs(image * WEIGHT).sum(1).mean()
        loss = loss + penalty / 2
        loss.backward()
        return loss.item()

    return step


WAYS = {"ours": ours, "plain": plain}


def main() -> None:
    steps = {name: make(head()) for name, make in WAYS.items()}
    losses = {name: step() for name, step in steps.items()}
    assert abs(losses["ours"] - losses["plain"]) < 1e-3 * abs(losses["plain"]), losses
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            begun = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - begun)
    grown = {name: _grown(name) for name in steps}
    ratio = statistics.median(
        one / other for one, other in zip(times["ours"], times["plain"], strict=True)
    )
    tell(
        "training_step",
        [
            {
                "way": name,
                "step_s": statistics.median(times[name]),
                "peak_grows_by_mib": grown[name] / 2**20,
            }
            for name in steps
        ],
        time_ratio=ratio,
        memory_ratio=grown["ours"] / grown["plain"],
    )
    print(f"time {ratio:.2f}, memory {grown['ours'] / grown['plain']:.2f} of the plain loop")


def _grown(name: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.training_step", name],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(json.loads(done.stdout))


def _measure(name: str) -> None:
    """How far the process grows in a step, over what it holds before and its gradients."""
    made = head()
    step = WAYS[name](made)
    step()
    largest, is_over = 0, threading.Event()

    def watch() -> None:
        nonlocal largest
        while not is_over.wait(0.002):
            largest = max(largest, _resident())

    made.zero_grad(set_to_none=True)
    before = _resident()
    watcher = threading.Thread(target=watch)
    watcher.start()
    step()
    is_over.set()
    watcher.join()
    gradients = 4 * (WORDS * (HIDDEN + 1) + HIDDEN * (WIDTH + 3))
    print(largest - before - gradients)


def _resident() -> int:
    """Bytes that the process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure(sys.argv[1])
    else:
        main()
