"""The models known by name, and how a name or a path becomes a model directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lsr_opensearch.errors import ModelError

DEFAULT_MODEL = "basic"
_BUNDLED = Path(__file__).parent


@dataclass(frozen=True)
class KnownModel:
    """A model that can be asked for by name.

    Attributes:
        bundled: its directory comes with the package.
        note: what it is for, and how to get it when it is not bundled.
    """

    name: str
    bundled: bool
    note: str


KNOWN_MODELS = (
    KnownModel(
        "basic",
        True,
        "small and offline, comes with the package; objects and animals well, "
        "scenes, people, night and counts poorly",
    ),
    KnownModel(
        "d2s-blip-coco",
        False,
        "the paper's D2S head on BLIP, far better on scenes and people; "
        "support for it is planned and not in this version",
    ),
)


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """The directory of a bundled model by its name, or of a model on disk by its path.

    Raises:
        ModelError: neither a known name nor a directory.
    """
    for known in KNOWN_MODELS:
        if known.name == name_or_path:
            if known.bundled:
                return _BUNDLED / known.name
            raise ModelError(
                f"The model {known.name!r} is not available: {known.note}.",
                f"Use the bundled one: --model {DEFAULT_MODEL}",
            )
    path = Path(name_or_path)
    if path.is_dir():
        return path
    names = ", ".join(known.name for known in KNOWN_MODELS if known.bundled)
    raise ModelError(
        f"There is no model named {os.fspath(name_or_path)!r}, and no such directory.",
        f"Give a directory with a model.json, or one of: {names}.",
    )
