"""What a model's folder must hold, and must not: weights in a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import ModelError

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# What older tools wrote weights as; reading one can run whatever is in it.
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's ``config.json``.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder} is not the folder of a model ({error}).",
            "It has a config.json, and its weights in model.safetensors.",
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{folder / 'config.json'} is no JSON object.", "Fetch it again.")
    return config


def check_weights(folder: Path) -> None:
    """That the folder has weights, as safetensors.

    Raises:
        ModelError: it has none, or only pickled ones.
    """
    if any((folder / name).is_file() for name in _WEIGHTS):
        return
    pickled = sorted(file.name for pattern in _PICKLES for file in folder.glob(pattern))
    if pickled:
        raise ModelError(
            f"{folder} has its weights in {pickled[0]}, a pickle, which can run any code when it "
            "is read.",
            "Take a revision with model.safetensors; or, if you trust the file, load it with "
            "transformers yourself and save it: save_pretrained(DIR).",
        )
    raise ModelError(
        f"{folder} has no model.safetensors.",
        "Take a model, or a revision of it, that has its weights in that format.",
    )


def first_line(error: Exception) -> str:
    """What an error of somebody else's says first."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
