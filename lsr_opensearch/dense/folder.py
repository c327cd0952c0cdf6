"""The folder of a dense model, given as such or by its name on the hub; never pickled weights."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import MissingExtraError, ModelError

# Of a folder of ours, and of one in the layout of transformers.
DESCRIPTION_FILE, CONFIG_FILE = "dense.json", "config.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
# What is fetched of a repository. Pickles are not: they run code when they are read.
_WANTED = ("*.json", "*.txt", "*.safetensors")
_REPOSITORY = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


def find_folder(name: str | os.PathLike[str]) -> Path:
    """The folder itself, or what the hub has under that name.

    What lies in the hub's cache is not fetched again.

    Raises:
        ModelError: there is no such folder, and the hub does not have it or cannot be reached.
        MissingExtraError: huggingface_hub is not installed.
    """
    path = Path(name)
    if path.is_dir():
        return path
    if path.exists() or not _REPOSITORY.fullmatch(os.fspath(name)):
        raise ModelError(
            f"{path} is not the folder of a dense model, and no name of a repository either.",
            "Give a folder, or a name such as Salesforce/blip-itm-base-coco.",
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtraError("Fetching models from the hub", "torch") from None
    try:
        return Path(snapshot_download(os.fspath(name), allow_patterns=list(_WANTED)))
    # Not reachable, not there, not allowed, a full disk: huggingface_hub has a class for each, of
    # no common base.
    except Exception as error:
        raise ModelError(
            f"There is no folder {os.fspath(name)!r}, and the Hugging Face hub did not give a "
            f"repository of that name ({first_line(error)}).",
            f"Fetch its files ({', '.join(_WANTED)}) where there is a network, and pass the folder "
            "that they are in.",
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object in a file of the model's folder.

    Raises:
        ModelError: the file is missing, damaged, or holds something else.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read ({error}).", "Fetch the files of the dense model again."
        ) from error
    if not isinstance(held, dict):
        raise ModelError(f"{path} is no JSON object.", "Fetch the files of the dense model again.")
    return held


def check_weights(folder: Path) -> None:
    """That the folder has weights, as safetensors.

    Raises:
        ModelError: it has none, or only pickled ones.
    """
    if any((folder / name).is_file() for name in _WEIGHTS):
        return
    pickled = sorted(file.name for pattern in _PICKLES for file in folder.glob(pattern))
    only = f", only {pickled[0]}, a pickle: reading it could run any code" if pickled else ""
    raise ModelError(
        f"{folder} has no {_WEIGHTS[0]}{only}.",
        "Take a revision of the model that has it. Where there are pickled weights alone, and you "
        "trust where they are from, load them with transformers yourself, and write the folder "
        "anew: save_pretrained(DIR)",
    )


def first_line(error: Exception) -> str:
    """What an error of somebody else's says first."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
