"""The folder of a dense model, given as such or by its name on the hub."""

from __future__ import annotations

import os
from pathlib import Path

from lsr_opensearch.models.hub import folder_of

# Of a folder of ours; one in the layout of transformers has a config.json.
DESCRIPTION_FILE = "dense.json"
# What is fetched of a repository. Pickles are not: they run code when they are read.
_WANTED = ("*.json", "*.txt", "*.safetensors")


def find_folder(name: str | os.PathLike[str]) -> Path:
    """The folder itself, or what the hub has under that name.

    Raises:
        ModelError: there is no such folder, and the hub does not have it or cannot be reached.
        MissingExtraError: huggingface_hub is not installed.
    """
    return folder_of(name, _WANTED, "--dense-model")
