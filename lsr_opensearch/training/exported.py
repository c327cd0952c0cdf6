"""Copies of a model directory with other networks: smaller ones, or ones that it lacked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    TEXT_NETWORK,
    VOCABULARY,
    read_lines,
)
from lsr_opensearch.encoders.networks.image import ImageNetwork
from lsr_opensearch.encoders.networks.text import TextNetwork
from lsr_opensearch.errors import MissingExtraError, ModelError, UsageError
from lsr_opensearch.models import ModelDescription, find_model, read_description
from lsr_opensearch.models.description import FILE_NAME
from lsr_opensearch.new_folder import check_new, new_folder
from lsr_opensearch.terms import TermWeights
from lsr_opensearch.training.difference import Difference, difference
from lsr_opensearch.training.int8 import quantise

Precision = Literal["fp32", "int8"]
Quantised = Literal["both", "query"]

_CARD = "README.md"
# In names of the hub, OWNER/NAME; of a folder, only its own name is kept.
_OF_THE_HUB = "/"
_SAMPLE = (
    "two dogs at a window",
    "a man in a red jacket skis down the mountain",
    "children playing on the beach",
    "an old train at the station",
    "a plate of food on a wooden table",
    "a woman rides a bicycle through the city",
    "black cat",
    "a boat on the lake at night",
)


@dataclass(frozen=True)
class Wish:
    """What the copy should be.

    Attributes:
        precision: of the networks.
        side: with int8, ``both`` for all networks; ``query`` for the text network alone, of which
            the copy then makes nothing but queries.
        dense_model: as `load_dense_model` takes it: its networks are written, too.
        texts: what the networks are compared on.
        pictures: the same for the image network; without any, it is not compared.
    """

    precision: Precision
    side: Quantised = "both"
    dense_model: str | None = None
    texts: Sequence[str] = _SAMPLE
    pictures: Sequence[Path] = ()


@dataclass(frozen=True)
class Network:
    """One network of the copy.

    Attributes:
        bytes_before: 0 where the model lacked it.
        difference: of its words from those in fp32; None where nothing was compared.
    """

    name: str
    bytes_before: int
    bytes_after: int
    difference: Difference | None = None


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        space_id: another than before where documents may weigh otherwise.
        is_same_space: whether indexes of the model can be searched with the copy.
    """

    space_id: str
    is_same_space: bool
    networks: tuple[Network, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that ``lsr-os models export --json`` prints."""
        return asdict(self)


def export_model(model: str | os.PathLike[str], out: Path, wish: Wish) -> Exported:
    """Write a copy of a model into ``out``.

    Raises:
        UsageError: ``out`` cannot be made or lies in the model, or the copy would be no other.
        ModelError: the model has no such networks, or the dense model does not fit.
        MissingExtraError: onnx, or torch for a dense model, is not installed.
    """
    before = read_description(find_model(model))
    if out.resolve().is_relative_to(before.directory.resolve()):
        raise UsageError(
            f"{out} lies in the model that is to be copied, {before.directory}.",
            "Name a folder outside of it: --out DIR",
        )
    check_new(out)
    _check(before, wish)
    with new_folder(out) as copy:
        shutil.copytree(before.directory, copy, dirs_exist_ok=True)
        if wish.dense_model is not None:
            _write_networks(copy, wish.dense_model)
        names = _networks(copy, wish.side)
        unlike = _quantise(copy, names, wish) if wish.precision == "int8" else {}
        networks = tuple(
            Network(name, _bytes(before.directory / name), _bytes(copy / name), unlike.get(name))
            for name in names
        )
        space_id = _describe(copy, out.resolve().name, before, wish)
    return Exported(space_id, space_id == before.space_id, networks)


def _check(model: ModelDescription, wish: Wish) -> None:
    if not (model.directory / VOCABULARY).exists():
        raise ModelError(
            f"The model {model.name!r} ({model.kind}) has no networks that can be written "
            "otherwise.",
            "Name the directory of a model that was trained or imported.",
        )
    held = _read(model.directory).get("exported", {})
    if held.get("precision") == "int8":
        raise UsageError(
            f"The networks of {model.directory} are in int8 already.",
            f"Export from the model that it was made from, {held.get('from')!r}.",
        )
    if wish.dense_model is None:
        if wish.precision == "fp32":
            raise UsageError(
                f"The networks of {model.directory} are in fp32 already.",
                "Ask for smaller ones with --precision int8, or name the dense model whose "
                "networks it lacks: --dense-model NAME|DIR",
            )
        if not _networks(model.directory, wish.side):
            raise ModelError(
                f"{model.directory} has no network for that.",
                "Name the dense model that it was trained for: --dense-model NAME|DIR",
            )
    elif model.kind != "d2s":
        raise ModelError(
            f"{model.directory} is a model of the kind {model.kind!r}, which has no dense model.",
            "Leave out --dense-model.",
        )
    else:
        _check_dense_model(model.directory, wish.dense_model)


def _check_dense_model(directory: Path, given: str) -> None:
    """That it is the one of the training, where both are named as the hub names them."""
    known = _read(directory).get("training", {}).get("dense_model", "")
    if _OF_THE_HUB in known and not Path(given).exists() and given != known:
        raise ModelError(
            f"{directory} was trained on the vectors of {known}, and not of {given}.",
            f"Name that one: --dense-model {known}",
        )


def _networks(directory: Path, side: Quantised) -> list[str]:
    wanted = (TEXT_NETWORK, IMAGE_NETWORK) if side == "both" else (TEXT_NETWORK,)
    return [name for name in wanted if (directory / name).exists()]


def _write_networks(directory: Path, dense_model: str) -> None:
    try:
        from lsr_opensearch.dense import load_dense_model
        from lsr_opensearch.training.d2s.export import read_head, write_networks
        from lsr_opensearch.training.d2s.fit import check_fits
    except ImportError as error:
        raise MissingExtraError("Writing the networks of a dense model", "torch") from error
    head, dense = read_head(directory), load_dense_model(dense_model)
    check_fits(head.proj.in_features, "The head takes", dense)
    write_networks(directory, head, dense)


def _quantise(directory: Path, names: Sequence[str], wish: Wish) -> dict[str, Difference]:
    """Quantise networks in place, and tell what that did to the words of texts and pictures."""
    exact = {name: _encoded(directory, name, wish) for name in names}
    for name in names:
        quantise(directory / name)
    return {
        name: difference(weights, _encoded(directory, name, wish))
        for name, weights in exact.items()
        if weights
    }


def _encoded(directory: Path, name: str, wish: Wish) -> list[TermWeights]:
    words = read_lines(directory / VOCABULARY)
    if name == TEXT_NETWORK:
        return TextNetwork(directory, words).encode(wish.texts, len(words))
    if not wish.pictures:
        return []
    return ImageNetwork(directory, words).encode(wish.pictures, len(words))


def _describe(copy: Path, name: str, before: ModelDescription, wish: Wish) -> str:
    """Write what the copy says of itself; gives the space of its words."""
    described = _read(copy)
    space_id = before.space_id
    sides = list(before.sides)
    if wish.dense_model is not None:
        from lsr_opensearch.training.d2s.export import sides_of

        sides = sides_of(copy)
    if wish.precision == "int8" and wish.side == "both":
        space_id = _new_space(copy, before)
    elif wish.precision == "int8":
        # Documents of this space weigh what the network in fp32 says.
        sides = [side for side in sides if side != "caption"]
    origin = {"from": before.name, "from_space_id": before.space_id}
    exported = origin | {"precision": wish.precision, "side": wish.side}
    described |= {"name": name, "space_id": space_id, "sides": sides, "exported": exported}
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    (copy / FILE_NAME).write_text(text, encoding="utf-8")
    with open(copy / _CARD, "a", encoding="utf-8") as card:
        what = "its networks" if wish.side == "both" else "its text network, for queries alone,"
        card.write(f"\nA copy of {before.name} with {what} in {wish.precision}.\n")
    return space_id


def _new_space(copy: Path, before: ModelDescription) -> str:
    """Of the weights of the networks that documents go through."""
    space = hashlib.sha256(before.space_id.encode())
    for name in _networks(copy, "both"):
        space.update((copy / name).read_bytes())
    return f"{before.kind}-{space.hexdigest()[:12]}"


def _read(directory: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((directory / FILE_NAME).read_text(encoding="utf-8"))
    return described


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
