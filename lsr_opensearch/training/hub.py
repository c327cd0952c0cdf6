"""Files of models that may lie on the Hugging Face hub."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from lsr_opensearch.errors import MissingExtraError, ModelError

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*|\w[\w.-]*", re.ASCII)


def folder_of(name: str | os.PathLike[str], files: Sequence[str], option: str) -> Path:
    """The folder with the files of a model: itself, or what was fetched from the hub.

    What lies in the hub's cache is not fetched again.

    Args:
        name: a folder, or a repository on the hub.
        files: that are wanted of a repository. No pickles: they run code when they are read.
        option: what ``name`` was given as, for messages.

    Raises:
        ModelError: there is no such folder, and the hub does not have it or cannot be reached.
        MissingExtraError: huggingface_hub is not installed.
    """
    path = Path(name)
    if path.is_dir():
        return path
    if path.exists() or not _REPOSITORY.fullmatch(os.fspath(name)):
        raise ModelError(
            f"{path} is no folder of a model, and no name of a repository either.",
            f"Give the folder that holds {' and '.join(files)}: {option} DIR",
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtraError("Fetching models from the hub", "torch") from None
    try:
        return Path(snapshot_download(os.fspath(name), allow_patterns=list(files)))
    # Not reachable, not there, not allowed, a full disk: huggingface_hub has a class for each, of
    # no common base.
    except Exception as error:
        raise ModelError(
            f"There is no folder {os.fspath(name)!r}, and the Hugging Face hub did not give "
            f"{' and '.join(files)} of a repository of that name ({_first_line(error)}).",
            f"Fetch these files where there is a network, and pass their folder: {option} DIR",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
