"""Stage "confidence": how sure it is that a picture shows anything -> ``confidence.npz``.

A logistic regression on the scaled features, of pictures that show something (the training split)
against pictures of nothing (``nothing.py``). The entropy of the classifier's own posterior
tells them apart less well: on held-out stamps against drawn nothing, area under the curve 0.92.

The file holds weight [1280], bias [], and the share of nothing that is taken for something when
it is of a kind that was not learned from, ``fooled`` [].
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from tools.basic_model.backbone import FEATURES
from tools.basic_model.dense import FEATURE_LENGTH
from tools.basic_model.training_data import TrainingData, validation_sets
from tools.basic_model.workspace import Workspace

_WEIGHT_PENALTY = 1e-3
_MOST_ITERATIONS = 400
# Those of 99% of the held-out pictures are twice as long, or more.
_SHORTEST = 4.0
# The confidence is 1/2 at this score, set by hand: the drawn nothing lies below -2.9, 99% of the
# held-out stamps above 2, a few dozen photographs of things above -1. Photographs of bare texture
# (gravel, brick, grass, a field of stars) lie between -5.3 and -1.9, so that they lose their words.
MIDDLE = -1.5
SHARPNESS = 3.0


def bounded(pooled: Tensor) -> Tensor:
    """Pooled features as `scaled` has them, but those of an empty region stay short.

    A region of mid-grey has features of almost no length, whose direction is chance.
    """
    return pooled / pooled.norm(dim=-1, keepdim=True).clamp(min=_SHORTEST) * FEATURE_LENGTH


def fit(something: Tensor, nothing: Tensor) -> tuple[Tensor, Tensor]:
    """Weight [1280] and bias [] of the score; both sides count alike. Inputs [n, 1280], pooled."""
    features = bounded(torch.cat([something, nothing]))
    target = torch.cat([torch.ones(len(something)), torch.zeros(len(nothing))])
    balance = torch.where(target > 0, 1 / len(something), 1 / len(nothing))
    layer = nn.Linear(FEATURES, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=_MOST_ITERATIONS)

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = F.binary_cross_entropy_with_logits(layer(features)[:, 0], target, reduction="none")
        loss = (balance * losses).sum() + _WEIGHT_PENALTY * layer.weight.pow(2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return layer.weight.detach()[0], layer.bias.detach()[0]


def confidence(pooled: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Pooled features [..., 1280] -> confidence over 0 to 1, [...]."""
    return torch.sigmoid(SHARPNESS * (bounded(pooled) @ weight + bias - MIDDLE))


def run(work: Workspace) -> None:
    torch.set_num_threads(work.threads)
    data = TrainingData.load(work)
    something = data.pooled[data.train_pictures]
    saved = np.load(work.file("nothing.npz"))
    kinds = {name: torch.tensor(saved[name]).flatten(0, 1) for name in saved.files}
    unseen = []
    for name, pooled in kinds.items():
        others = torch.cat([other for kind, other in kinds.items() if kind != name])
        without = confidence(pooled, *fit(something, others))
        unseen.append(without)
        print(f"  {name}, learned without it: {_spread(without)}")
    weight, bias = fit(something, torch.cat(list(kinds.values())))
    for held_out in validation_sets(data):
        values = confidence(data.pooled[held_out.pictures], weight, bias)
        print(f"  {held_out.name}: {_spread(values)}")
    fooled = float((torch.cat(unseen) > 0.5).float().mean())
    np.savez(work.file("confidence.npz"), weight=weight.numpy(), bias=bias.numpy(), fooled=fooled)


def _spread(values: Tensor) -> str:
    low, middle, high = (float(values.quantile(share)) for share in (0.05, 0.5, 0.95))
    return f"confidence {low:.3f} / {middle:.3f} / {high:.3f} (5%, half, 95%)"
