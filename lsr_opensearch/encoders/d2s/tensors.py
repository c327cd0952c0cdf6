"""The six tensors of a head, read from its file and checked against one another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lsr_opensearch.errors import MissingExtraError, ModelError

Tensors = dict[str, npt.NDArray[np.float32]]

_RESTORE = "Restore the file, or train the model again."


def head_shapes(width: int, hidden: int, words: int) -> dict[str, tuple[int, ...]]:
    """Rows and columns of the tensors of a head, by the names of the published checkpoints.

    Args:
        width: numbers in a dense vector.
    """
    return {
        "proj.weight": (hidden, width),
        "proj.bias": (hidden,),
        "vocab_layer_norm.weight": (hidden,),
        "vocab_layer_norm.bias": (hidden,),
        "vocab_projector.weight": (words, hidden),
        "vocab_projector.bias": (words,),
    }


TENSORS = tuple(head_shapes(0, 0, 0))


def read_tensors(path: Path, words: int) -> Tensors:
    """The tensors of a head by their names, float32.

    Args:
        words: how many the vocabulary has.

    Raises:
        MissingExtraError: safetensors is not installed.
        ModelError: the file is missing or damaged, lacks a tensor, or has one that does not fit
            the others or the vocabulary, or that is not finite.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise MissingExtraError("Encoding vectors with a D2S model", "models") from None
    try:
        held: Tensors = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(f"{path} is missing or damaged ({error}).", _RESTORE) from error
    missing = [name for name in TENSORS if name not in held]
    if missing:
        raise ModelError(f"{path} lacks {', '.join(missing)}.", _RESTORE)
    _check_shapes(path, held, words)
    odd = [name for name in TENSORS if not np.isfinite(held[name]).all()]
    if odd:
        raise ModelError(f"{path}: {', '.join(odd)} holds NaN or infinity.", _RESTORE)
    return {name: held[name].astype(np.float32, copy=False) for name in TENSORS}


def _check_shapes(path: Path, held: Mapping[str, npt.NDArray[np.float32]], words: int) -> None:
    """That the tensors are of one head, and that it has as many words as the vocabulary."""
    projection = held["proj.weight"]
    if projection.ndim != 2:
        raise ModelError(f"{path}: proj.weight is {_shown(projection.shape)}, no matrix.", _RESTORE)
    hidden, width = projection.shape
    for name, wanted in head_shapes(width, hidden, words).items():
        found = held[name].shape
        if found != wanted:
            raise ModelError(
                f"{path}: {name} is {_shown(found)}, where the other tensors and the vocabulary "
                f"ask for {_shown(wanted)}.",
                "Restore the whole model directory: its files are not of one model.",
            )


def _shown(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one number"
