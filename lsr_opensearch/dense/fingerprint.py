"""Which dense model it is, told by what it is made of."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from torch import nn

from lsr_opensearch.dense.model import DenseModel


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
        for name, tensor in sorted(tower.state_dict().items()):
            told.update(f"{name} {tuple(tensor.shape)}\n".encode())
            told.update(tensor.detach().cpu().contiguous().numpy().data)
    return told.hexdigest()[:32]
