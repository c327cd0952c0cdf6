"""Checkpoints of ALBEF as its authors published them -> a folder of ours.

The names are those of github.com/salesforce/ALBEF: ``visual_encoder.*`` (a ViT as timm names it),
``text_encoder.*`` (a BERT; ``text_encoder.bert.*`` after pretraining), ``vision_proj``,
``text_proj``. What only matching and training need is left out: the layers of the BERT that look at
the picture, the head on them, the slow copies (``*_m``) and the queues.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lsr_opensearch.dense.albef import (
    IMAGE,
    TEXT,
    AlbefImage,
    AlbefSizes,
    AlbefText,
    load_towers,
    write_albef,
)
from lsr_opensearch.dense.tokenizer import cutting_tokenizer
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import first_line
from lsr_opensearch.new_folder import check_new, new_folder

# Of both encoders of every published checkpoint; the weights do not tell.
HEADS = 12

_LEFT_OUT = re.compile(
    r"(visual_encoder|text_encoder|vision_proj|text_proj)_m\."
    r"|(image|text|idx)_queue$|queue_ptr$|ptr_queue$|temp$|itm_head\."
    r"|text_encoder\.(bert\.)?(cls|pooler)\.|.*position_ids$"
)
_TEXT_LAYER = re.compile(r"text_encoder\.(?:bert\.)?encoder\.layer\.(\d+)\.(.*)")
_LOOKS_AT_PICTURES = "crossattention."
# The end of a name, with its dot, as timm and as transformers have it.
_IMAGE_NAMES = {
    "cls_token": "embeddings.class_embedding",
    "pos_embed": "embeddings.position_embedding",
    "patch_embed.proj.": "embeddings.patch_embedding.",
    "blocks.": "encoder.layers.",
    "norm.": "post_layernorm.",
    "attn.qkv.": "self_attn.qkv.",
    "attn.proj.": "self_attn.projection.",
    "norm1.": "layer_norm1.",
    "norm2.": "layer_norm2.",
    "mlp.": "mlp.",
}
_IMAGE_BLOCK = re.compile(r"(blocks\.)(\d+\.)(.*)")


def convert_albef(checkpoint: Path, tokenizer: Path, out: Path) -> AlbefSizes:
    """Write a published checkpoint as the folder of a dense model.

    The ``.pth`` is a pickle, read so that it runs no code: anything but tensors and plain values
    in it is refused.

    Args:
        tokenizer: the folder with the ``tokenizer.json`` or ``vocab.txt`` of bert-base-uncased.
        out: where to; new or empty.

    Raises:
        UsageError: ``out`` holds something already, or cannot be made.
        ModelError: the checkpoint or the tokenizer cannot be used.
    """
    check_new(out)
    sizes, tensors = from_published(checkpoint, read_published(checkpoint))
    text = AlbefText(sizes, cutting_tokenizer(tokenizer, AlbefText.most_tokens, sizes.words))
    # Whatever lacks shows here, before anything is written.
    load_towers(checkpoint, text, AlbefImage(sizes), tensors)
    with new_folder(out) as folder:
        write_albef(folder, sizes, tensors, text.tokenizer_file)
    return sizes


def read_published(checkpoint: Path) -> dict[str, Any]:
    """The state of the network in a published checkpoint.

    Raises:
        ModelError: the file is missing, damaged, or holds more than tensors and plain values.
    """
    try:
        held = torch.load(checkpoint, map_location="cpu", weights_only=True)
    # torch says what is wrong with a file by errors of many classes.
    except Exception as error:
        raise ModelError(
            f"{checkpoint} cannot be read without running code of its own ({first_line(error)}).",
            "Take a checkpoint as the authors of ALBEF published it, whole.",
        ) from error
    state = held.get("model", held) if isinstance(held, dict) else None
    if not isinstance(state, dict):
        raise ModelError(
            f"{checkpoint} holds no state of a network.",
            "Take a checkpoint as the authors of ALBEF published it.",
        )
    return state


def from_published(source: Path, state: Mapping[str, Any]) -> tuple[AlbefSizes, dict[str, Tensor]]:
    """What the towers are built from, and their tensors, by the names of `albef`.

    Raises:
        ModelError: the state is not that of an ALBEF.
    """
    layers = _text_layers(state)
    tensors: dict[str, Tensor] = {}
    unknown = []
    for name, value in state.items():
        if _LEFT_OUT.match(name) or _is_above(name, layers):
            continue
        new = _renamed(name)
        if new is None or not isinstance(value, Tensor):
            unknown.append(name)
        else:
            tensors[new] = value.float().contiguous()
    if unknown:
        raise ModelError(
            f"{source} has {len(unknown):,} tensors that an ALBEF has not, the first {unknown[0]}.",
            "Take a checkpoint as the authors of ALBEF published it, for retrieval.",
        )
    return _sizes(source, tensors, layers), tensors


def _text_layers(state: Mapping[str, Any]) -> int:
    """The layers of the BERT below the first that looks at the picture."""
    found = [match.groups() for name in state if (match := _TEXT_LAYER.match(name))]
    looking = [int(number) for number, rest in found if rest.startswith(_LOOKS_AT_PICTURES)]
    return min(looking) if looking else len({number for number, _ in found})


def _is_above(name: str, layers: int) -> bool:
    match = _TEXT_LAYER.match(name)
    return match is not None and int(match[1]) >= layers


def _renamed(name: str) -> str | None:
    encoder, _, rest = name.partition(".")
    match encoder:
        case "vision_proj":
            return f"{IMAGE}projection.{rest}"
        case "text_proj":
            return f"{TEXT}projection.{rest}"
        case "text_encoder":
            return f"{TEXT}encoder.{rest.removeprefix('bert.')}"
        case "visual_encoder":
            inner = _in_transformers(rest)
            return None if inner is None else f"{IMAGE}encoder.{inner}"
    return None


def _in_transformers(name: str) -> str | None:
    if match := _IMAGE_BLOCK.fullmatch(name):
        rest = _in_transformers(match[3])
        return None if rest is None else f"{_IMAGE_NAMES[match[1]]}{match[2]}{rest}"
    for theirs, ours in _IMAGE_NAMES.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return None


def _sizes(source: Path, tensors: Mapping[str, Tensor], layers: int) -> AlbefSizes:
    text, image = f"{TEXT}encoder.", f"{IMAGE}encoder."
    blocks = {name.split(".")[4] for name in tensors if name.startswith(f"{image}encoder.layers.")}
    try:
        words, text_width = tensors[f"{text}embeddings.word_embeddings.weight"].shape
        image_width, _, patch, _ = tensors[f"{image}embeddings.patch_embedding.weight"].shape
        patches = tensors[f"{image}embeddings.position_embedding"].shape[1] - 1
        if text_width % HEADS or image_width % HEADS:
            raise ValueError(f"{HEADS} heads cannot share {text_width} or {image_width} numbers")
        return AlbefSizes(
            width=tensors[f"{TEXT}projection.weight"].shape[0],
            words=words,
            positions=len(tensors[f"{text}embeddings.position_embeddings.weight"]),
            text_width=text_width,
            text_inner=len(tensors[f"{text}encoder.layer.0.intermediate.dense.weight"]),
            text_layers=layers,
            text_heads=HEADS,
            image_side=math.isqrt(patches) * patch,
            patch=patch,
            image_width=image_width,
            image_inner=len(tensors[f"{image}encoder.layers.0.mlp.fc1.weight"]),
            image_layers=len(blocks),
            image_heads=HEADS,
        )
    except (KeyError, ValueError, IndexError) as error:
        raise ModelError(
            f"{source} is no checkpoint of ALBEF: it lacks a part, or has one of another shape "
            f"({error}).",
            "Take a checkpoint as the authors of ALBEF published it, for retrieval.",
        ) from error
