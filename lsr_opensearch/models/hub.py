"""Models of the Hugging Face hub: ``hf:OWNER/NAME`` or ``hf:OWNER/NAME@REVISION``.

What lies in the hub's own cache is used as it is, without asking the hub: a search needs no
network, and a model does not change under an index.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from lsr_opensearch.errors import MissingExtraError, ModelError

_PREFIX = "hf:"
_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?", re.ASCII)

# What a model can be made of. Pickles are never fetched. Code is, to be read: it runs only where
# somebody has said so.
MODEL_FILES = ("*.json", "*.txt", "*.safetensors", "*.model", "*.jinja", "*.onnx", "*.npz", "*.py")


def is_hub_name(name: str) -> bool:
    """Whether it names a model of the hub."""
    return name.startswith(_PREFIX)


def hub_directory(name: str) -> Path:
    """The directory of a model of the hub, downloaded where it is not in the hub's cache.

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
            f"Hugging Face hub ({_first_line(error)}).",
            "Check the name and the connection; or copy the model's folder here and give its "
            "path: --model DIR",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
