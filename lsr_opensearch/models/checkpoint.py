"""The folder of somebody else's model: ``config.json``, and weights that are never pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import ModelError

CONFIG_FILE = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# What older tools wrote weights as; reading one can run whatever is in it.
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object in a file of a model's folder.

    Raises:
        ModelError: the file is missing, damaged, or holds something else.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read ({error}).", "Fetch the files of the model again."
        ) from error
    if not isinstance(held, dict):
        raise ModelError(f"{path} is no JSON object.", "Fetch the files of the model again.")
    return held


def check_weights(folder: Path) -> None:
    """That the folder has weights, as safetensors.

    Raises:
        ModelError: it has none, or only pickled ones.
    """
    if any((folder / name).is_file() for name in WEIGHTS):
        return
    pickled = sorted(file.name for file in folder.iterdir() if file.suffix in PICKLES)
    only = f", only {pickled[0]}, a pickle: reading it could run any code" if pickled else ""
    raise ModelError(
        f"{folder} has no {WEIGHTS[0]}{only}.",
        "Take a revision of the model that has it. Where there are pickled weights alone, and you "
        "trust where they are from, load them with transformers yourself, and write the folder "
        "anew: save_pretrained(DIR)",
    )


def first_line(error: Exception) -> str:
    """What an error of somebody else's says first."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
