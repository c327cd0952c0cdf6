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
        note: what it is for.
        how: the command that makes it, where it is not bundled.
    """

    name: str
    bundled: bool
    note: str
    how: str = ""


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
        "the paper's D2S head on BLIP, published by its authors; made with models import-head",
        "lsr-os models import-head lsr42/d2s_mscoco-blip-dense_q_reg_0.001_d_reg_0.001 "
        "--dense-model Salesforce/blip-itm-base-coco --out d2s-blip-coco",
    ),
)


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """The directory of a bundled model by its name, or of a model on disk by its path.

    Raises:
        ModelError: neither a known name nor a directory.
    """
    known = {model.name: model for model in KNOWN_MODELS}.get(os.fspath(name_or_path))
    if known is not None and known.bundled:
        return _BUNDLED / known.name
    path = Path(name_or_path)
    if path.is_dir():
        return path
    if known is not None:
        raise ModelError(
            f"The model {known.name!r} does not come with the package, and there is no such "
            "directory.",
            f"Make it (pip install 'lsr-opensearch[torch]'): {known.how}; or use the bundled one: "
            f"--model {DEFAULT_MODEL}",
        )
    names = ", ".join(known.name for known in KNOWN_MODELS if known.bundled)
    raise ModelError(
        f"There is no model named {os.fspath(name_or_path)!r}, and no such directory.",
        f"Give a directory with a model.json, or one of: {names}.",
    )
