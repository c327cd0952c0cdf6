"""The settings of a rival's training, each paper's by default, and named sets of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from lsr_opensearch.errors import UsageError
from lsr_opensearch.training.numbers import check_numbers

RivalName = Literal["lexlip", "stair"]
Precision = Literal["fp32", "bf16"]

RIVALS: tuple[RivalName, ...] = get_args(RivalName)


@dataclass(frozen=True)
class RivalSettings:
    """How the two networks are trained.

    Attributes:
        temperature: of the similarities; where it starts, if it is learned.
        learns_temperature: whether it is a weight like any other.
        text_weight, image_weight: of the FLOPS regulariser on each side.
        regularisation_warm_up: share of the steps over which those weights rise, as (t/T)^2; 0
            for the full weights from the first step on.
        batch: pairs of a caption and its picture.
        rate: learning rate.
        weight_decay: of matrices; biases and norms have none.
        warm_up: share of the steps over which the rate rises; it falls to 0 over the others.
        most_gradient: longest gradient of a step; longer ones are shortened to it.
        most_tokens: of a caption that are read, while training.
        precision: of the networks' products.
    """

    rival: RivalName
    temperature: float = 0.05
    learns_temperature: bool = False
    text_weight: float = 2e-3
    image_weight: float = 2e-3
    regularisation_warm_up: float = 0.0
    batch: int = 1536
    epochs: int = 10
    rate: float = 5e-5
    weight_decay: float = 0.01
    warm_up: float = 0.1
    most_gradient: float = 1.0
    most_tokens: int = 40
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("rival", RIVALS), ("precision", get_args(Precision))):
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"{name} is {getattr(self, name)!r}.", f"Take one of: {', '.join(choices)}."
                )
        check_numbers(self)
        for name, least in (("batch", 2), ("epochs", 1), ("most_tokens", 3)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} is {getattr(self, name)}.", f"Ask for at least {least}.")
        for name in ("warm_up", "regularisation_warm_up"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}.", "It lies between 0 and 1.")
        for name in ("temperature", "rate", "most_gradient"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}.", "It is above 0.")


# LexLIP's are those of its published fine-tuning. STAIR's code is not public: a temperature that is
# learned from 0.07 on is CLIP's, which STAIR extends; the weights are quoted from memory, and its
# batch of 16,384 pairs is left out, since no single GPU holds it.
_LEXLIP = RivalSettings("lexlip")
_STAIR = RivalSettings(
    "stair",
    temperature=0.07,
    learns_temperature=True,
    text_weight=1e-3,
    image_weight=1e-3,
    regularisation_warm_up=0.2,
)
# For a few thousand pictures on one machine.
_QUICK: dict[str, Any] = {
    "batch": 32,
    "epochs": 5,
    "rate": 1e-4,
    "regularisation_warm_up": 0.2,
}

PRESETS: Mapping[RivalName, Mapping[str, RivalSettings]] = {
    one.rival: {"paper": one, "quick": replace(one, **_QUICK)} for one in (_LEXLIP, _STAIR)
}
