"""What the processor files of transformers say of how a picture becomes pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsr_opensearch.encoders.networks.picture_input import (
    CLIP_DEVIATION,
    CLIP_MEAN,
    Fit,
    PictureInput,
)
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import read_json

_FILE, _FILE_SINCE_5, _PART = "preprocessor_config.json", "processor_config.json", "image_processor"
_BICUBIC = 3


def read_picture_input(folder: Path, side: int, fit: Fit) -> PictureInput:
    """How the model of a folder sees pictures.

    Args:
        side: of the square that its network takes, pixels.
        fit: where no file says it.

    Raises:
        ModelError: a file is damaged, or asks for what the network or this library cannot do.
    """
    file, held = _described(folder)
    seen = PictureInput(
        *_size(held, side),
        fit="crop" if held.get("do_center_crop", fit == "crop") else "squash",
        mean=_channels(file, held.get("image_mean", CLIP_MEAN)),
        deviation=_channels(file, held.get("image_std", CLIP_DEVIATION)),
    )
    if (seen.width, seen.height) != (side, side):
        raise ModelError(
            f"{file} asks for pictures of {seen.width} x {seen.height} pixels, and the network "
            f"takes {side} x {side}.",
            "They are not of one model: fetch its files again.",
        )
    if held.get("resample", _BICUBIC) != _BICUBIC:
        raise ModelError(
            f"{file} asks for the resampling {held['resample']}, and only bicubic "
            f"({_BICUBIC}) is done.",
            "Take a model that was trained with that, such as BLIP, ALBEF or CLIP.",
        )
    return seen


def _described(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """The file, and what it says of pictures; nothing where there is none."""
    if (file := folder / _FILE).exists():
        return file, read_json(file)
    if (file := folder / _FILE_SINCE_5).exists():
        return file, read_json(file).get(_PART) or {}
    return folder / _FILE, {}


def _size(held: Mapping[str, Any], side: int) -> tuple[int, int]:
    """Width and height. Older files have a number where newer ones have names for it."""
    wanted = held.get("size", side)
    if held.get("do_center_crop"):
        wanted = held.get("crop_size", wanted)
    if isinstance(wanted, Mapping):
        square = wanted.get("shortest_edge", side)
        return int(wanted.get("width", square)), int(wanted.get("height", square))
    return int(wanted), int(wanted)


def _channels(file: Path, values: Any) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(value) for value in values)
    except (TypeError, ValueError):
        raise ModelError(
            f"{file} has {values!r} where three numbers are expected, one a channel.",
            "Fetch the file again.",
        ) from None
    return red, green, blue
