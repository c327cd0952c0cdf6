"""The settings of a D2S training, the paper's by default, and named sets of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from lsr_opensearch.errors import UsageError
from lsr_opensearch.training.d2s.names import Level, RegulariserName, ScheduleName
from lsr_opensearch.training.numbers import check_numbers

Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class D2SSettings:
    """How a head is trained (arXiv 2402.17535 and the published code).

    Attributes:
        control: what expansion control is drawn for.
        control_images: let it mask images by their own captions, too: an ablation, since it tells
            the image which caption is its own.
        schedule, expansion_share, fixed_probability: of p; see `schedules.expansion_probability`.
        temperature: tau of the dense similarities.
        regulariser: what is added to the loss.
        text_weight, image_weight: lambda_q and lambda_d; half of their sum counts.
        batch: pairs of a caption and its image.
        projection_rate, vocabulary_rate: learning rates of ``proj``, and of the parts that start
            from a masked language model or word vectors.
        warm_up: share of the steps over which the rate rises; also T of the regularisation.
        patience: epochs without a better R@1 after which it ends; 0 for never.
        precision: of the large products.
    """

    control: Level = "both"
    control_images: bool = False
    schedule: ScheduleName = "linear"
    expansion_share: float = 0.95
    fixed_probability: float = 0.5
    temperature: float = 1e-3
    regulariser: RegulariserName = "l1"
    text_weight: float = 1e-3
    image_weight: float = 1e-3
    batch: int = 512
    epochs: int = 200
    projection_rate: float = 1e-3
    vocabulary_rate: float = 5e-5
    warm_up: float = 0.2
    patience: int = 0
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"{name} is {getattr(self, name)!r}.", f"Take one of: {', '.join(choices)}."
                )
        check_numbers(self)
        for name in ("batch", "epochs"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}.", "Ask for at least 1.")
        for name in ("expansion_share", "fixed_probability", "warm_up"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}.", "It lies between 0 and 1.")
        if not self.temperature > 0:
            raise UsageError(f"temperature is {self.temperature}.", "It is above 0.")


_HINTS = get_type_hints(D2SSettings)
_CHOICES = {name: get_args(hint) for name, hint in _HINTS.items() if get_args(hint)}
PRESETS: Mapping[str, D2SSettings] = {
    "paper": D2SSettings(),
    # For a few thousand images on a laptop: fewer, larger steps.
    "quick": D2SSettings(epochs=30, batch=256, vocabulary_rate=5e-4),
}


def read_config(path: Path, base: D2SSettings) -> D2SSettings:
    """``base`` with the settings of a TOML file, whose keys are the attributes' names.

    Raises:
        UsageError: the file cannot be read, has an unknown key, or a value of a wrong type.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "It must be a TOML file.") from error
    return with_values(base, given, str(path))


def with_values(base: D2SSettings, given: Mapping[str, Any], where: str) -> D2SSettings:
    """``base`` with some settings replaced, each of the type that it should be."""
    known = {field.name for field in fields(D2SSettings)}
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                f"{where}: there is no setting {name!r}.", f"Settings: {', '.join(sorted(known))}."
            )
        wanted = str if name in _CHOICES else _HINTS[name]
        fits = isinstance(value, (int, float) if wanted is float else wanted)
        if not fits or (isinstance(value, bool) and wanted is not bool):
            raise UsageError(
                f"{where}: {name} is {value!r}.", f"It must be of the type {wanted.__name__}."
            )
    return replace(base, **given)
