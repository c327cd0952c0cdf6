"""Which dense model it is, told by what it is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from lsr_opensearch.dense.model import DenseModel

if TYPE_CHECKING:
    from hashlib import _Hash


def fingerprint(model: DenseModel) -> str:
    """The same for models that give the same vectors, wherever their files lie; 32 hex digits."""
    told = hashlib.sha256()
    text, image = model.text, model.image
    towers: list[nn.Module] = [text]
    told.update(f"{type(text).__name__} {text.most_tokens}\n".encode())
    told.update(text.tokenizer_file.read_bytes())
    if image is not None:
        towers.append(image)
        told.update(f"{type(image).__name__} {asdict(image.picture_input)}\n".encode())
    for tower in towers:
        add_tensors(told, tower.state_dict())
    return told.hexdigest()[:32]


def add_tensors(told: _Hash, tensors: Mapping[str, Tensor]) -> None:
    """Names, shapes and numbers of tensors, wherever they are."""
    for name, tensor in sorted(tensors.items()):
        told.update(f"{name} {tuple(tensor.shape)}\n".encode())
        told.update(tensor.detach().cpu().contiguous().numpy().data)
