"""The models known by name, and how a name or a path becomes a model directory."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import sparse_encoder
from lsr_opensearch.models.description import FILE_NAME, ModelDescription, read_description
from lsr_opensearch.models.hub import hub_directory, is_hub_name

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


def describe_model(name_or_path: str | os.PathLike[str]) -> ModelDescription:
    """What a model says of itself, by anything that `find_model` takes.

    Raises:
        ModelError: there is no such model, or what it says cannot be used.
    """
    directory = find_model(name_or_path)
    name = os.fspath(name_or_path)
    is_saved = sparse_encoder.is_sentence_transformers(directory)
    if is_saved and not (directory / FILE_NAME).exists():
        found = sparse_encoder.describe(directory)
    else:
        found = read_description(directory)
    # By this name it is found again, from any folder.
    return replace(found, name=name) if is_hub_name(name) else found


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """The directory of a model.

    Args:
        name_or_path: the name of a bundled model, the path of a model on disk, or ``hf:`` and the
            name of a model of the Hugging Face hub.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        ModelError: none of these, or a model of the hub that cannot be fetched.
    """
    known = {model.name: model for model in KNOWN_MODELS}.get(os.fspath(name_or_path))
    if known is not None and known.bundled:
        return _BUNDLED / known.name
    if is_hub_name(os.fspath(name_or_path)):
        return hub_directory(os.fspath(name_or_path))
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
        f"Give a directory with a model.json or a saved SparseEncoder, hf:OWNER/NAME, or one of: "
        f"{names}.",
    )
