"""Models of the Hugging Face hub, and of folders that may be named in their place."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from lsr_opensearch.errors import MissingExtraError, ModelError
from lsr_opensearch.models.checkpoint import first_line

_PREFIX = "hf:"
_REPOSITORY = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?", re.ASCII)

# What a model can be made of. Pickles are never fetched. Code is, to be read: it runs only where
# somebody has said so.
MODEL_FILES = ("*.json", "*.txt", "*.safetensors", "*.model", "*.jinja", "*.onnx", "*.npz", "*.py")


def is_hub_name(name: str) -> bool:
    """Whether it names a model of the hub."""
    return name.startswith(_PREFIX)


def hub_directory(name: str) -> Path:
    """The directory of ``hf:OWNER/NAME`` or ``hf:OWNER/NAME@REVISION``.

    What lies in the hub's own cache is used as it is, without asking the hub: a search needs no
    network, and a model does not change under an index.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        ModelError: it is no such name, or the model is not here and cannot be fetched.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise ModelError(
            f"{name!r} is not the name of a model of the Hugging Face hub.",
            "Write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION.",
        )
    repository, revision = found.groups()
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtraError(
            "Taking models from the Hugging Face hub", "sentence-transformers"
        ) from None

    def fetched(*, is_here: bool) -> Path:
        return Path(
            snapshot_download(
                repository,
                revision=revision,
                allow_patterns=[*MODEL_FILES, "README.md"],
                local_files_only=is_here,
            )
        )

    # Not here, or only in part: each version of huggingface_hub says so in a class of its own.
    with contextlib.suppress(Exception):
        return fetched(is_here=True)
    try:
        return fetched(is_here=False)
    # No network, no such model, a model for which one must sign in, a full disk, ...
    except Exception as error:
        raise ModelError(
            f"The model {repository!r} is not on this machine and cannot be fetched from the "
            f"Hugging Face hub ({first_line(error)}).",
            "Check the name and the connection; or copy the model's folder here and give its "
            "path: --model DIR",
        ) from error


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
            f"{' and '.join(files)} of a repository of that name ({first_line(error)}).",
            f"Fetch these files where there is a network, and pass their folder: {option} DIR",
        ) from error
