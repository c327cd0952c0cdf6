"""A trained head as a model directory, which ``--model DIR`` takes at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor, nn

from lsr_opensearch.dense import DenseModel, ImageTower, TextTower
from lsr_opensearch.encoders.d2s.files import HEAD, QUERY_TABLE
from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    SPECIAL,
    TEXT_NETWORK,
    TOKENIZER,
    VOCABULARY,
    write_lines,
)
from lsr_opensearch.models.description import FILE_NAME, FORMAT
from lsr_opensearch.training.d2s.card import card
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.query_table import query_rows
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network
from lsr_opensearch.training.vocabulary import Vocabulary

# Words that a query's word brings along, at most, in the table.
_TABLE_ENTRIES = 32
_ROWS = 512
# What a cluster takes in one query for two fields.
_KEPT = 512


class TextChain(nn.Module):
    """The dense model's text side and the head, as one network."""

    def __init__(self, tower: TextTower, head: D2SHead) -> None:
        super().__init__()
        self.tower, self.head = tower, head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Tokens [batch, length] -> weights of all words, [batch, vocabulary]."""
        weights: Tensor = self.head(self.tower(input_ids, attention_mask))
        return weights


class ImageChain(nn.Module):
    """The dense model's image side and the head, as one network."""

    def __init__(self, tower: ImageTower, head: D2SHead) -> None:
        super().__init__()
        self.tower, self.head = tower, head

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Pixels [batch, 3, height, width] -> weights of all words, [batch, vocabulary]."""
        weights: Tensor = self.head(self.tower(pixel_values))
        return weights


@dataclass(frozen=True)
class About:
    """What a model says of itself.

    Attributes:
        name: what ``--model`` calls it in messages.
        trained_on: the data set.
        facts: see `card.card`.
    """

    name: str
    trained_on: str
    facts: dict[str, Any]


def write_model(
    directory: Path,
    head: D2SHead,
    vocabulary: Vocabulary,
    dense: DenseModel | None,
    texts: tuple[Tensor, Tensor],
    about: About,
) -> None:
    """Write the files of a D2S model directory.

    Args:
        dense: the dense model; None where only vectors are at hand: the model then has the table
            alone for texts, and no image side.
        texts: vectors of captions, [captions, width], and the numbers of their words,
            [captions, most]: what the table is made from.
    """
    head = head.eval().cpu()
    directory.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary.tokens
    write_lines(directory / VOCABULARY, tokens)
    write_lines(directory / SPECIAL, [tokens[number] for number in vocabulary.special])
    (directory / HEAD).write_bytes(save(head.state_dict()))
    if vocabulary.file != directory / TOKENIZER:
        (directory / TOKENIZER).write_bytes(vocabulary.file.read_bytes())
    query_rows(head, *texts, dense.text if dense else None).write(directory / QUERY_TABLE)
    if dense is not None:
        export_text_network(directory / TEXT_NETWORK, TextChain(dense.text, head))
    if dense is not None and dense.image is not None:
        dense.image.picture_input.write(directory)
        chain = ImageChain(dense.image, head)
        export_image_network(directory / IMAGE_NETWORK, chain, dense.image.picture_input)
    text = card(about.name, about.trained_on, about.facts)
    (directory / "README.md").write_text(text, encoding="utf-8")
    _write_description(directory, about)


def _sides(directory: Path) -> list[str]:
    image = ["image"] if (directory / IMAGE_NETWORK).exists() else []
    caption = ["caption"] if (directory / TEXT_NETWORK).exists() else []
    return [*image, *caption, "query"]


def _write_description(directory: Path, about: About) -> None:
    space = hashlib.sha256()
    for name in (VOCABULARY, HEAD):
        space.update((directory / name).read_bytes())
    described = {
        "format": FORMAT,
        "kind": "d2s",
        "name": about.name,
        "version": "1.0",
        "summary": f"A D2S head, trained on {about.trained_on}.",
        "limits": "Knows what its dense model knows, and the words of its training captions best.",
        "sides": _sides(directory),
        "space_id": f"d2s-{space.hexdigest()[:12]}",
        "pruning": {"image_terms": _KEPT, "caption_terms": _KEPT, "query_terms": _KEPT},
        "licence": "Yours; mind those of the data and of the dense model.",
        "metrics": about.facts.get("metrics", {}),
        "training": {name: fact for name, fact in about.facts.items() if name != "metrics"},
    }
    (directory / FILE_NAME).write_text(
        json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
