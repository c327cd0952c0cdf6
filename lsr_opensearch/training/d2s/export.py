"""A trained head as a model directory, which ``--model DIR`` takes at once."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from lsr_opensearch.dense import TextTower
from lsr_opensearch.encoders.d2s.files import (
    HEAD,
    QUERY_TABLE,
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
    tower: TextTower | None,
    texts: tuple[Tensor, Tensor],
    about: About,
) -> None:
    """Write the files of a D2S model directory.

    Args:
        tower: the dense model's text side; None where only vectors are at hand: the model then
            has the table alone for texts.
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
    query_rows(head, *texts, tower).write(directory / QUERY_TABLE)
    if tower is not None:
        export_text_network(directory / TEXT_NETWORK, TextChain(tower, head).eval())
    text = card(about.name, about.trained_on, about.facts)
    (directory / "README.md").write_text(text, encoding="utf-8")
    _write_description(directory, tower is not None, about)


def export_text_network(path: Path, chain: TextChain) -> None:
    """Write the network as ONNX; batch and length are free."""
    # Two tensors: one given twice would be taken for one input.
    example = torch.ones(2, 5, dtype=torch.long), torch.ones(2, 5, dtype=torch.long)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    shapes = {0: batch, 1: length}
    # The exporter speaks to its own developers, and of libraries that nothing here is of.
    exporter = logging.getLogger("torch.onnx")
    with warnings.catch_warnings(), _silenced(exporter):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            chain,
            example,
            path,
            input_names=["input_ids", "attention_mask"],
            output_names=["weights"],
            dynamic_shapes={"input_ids": shapes, "attention_mask": shapes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )


@contextmanager
def _silenced(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _write_description(directory: Path, has_network: bool, about: About) -> None:
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
        "sides": ["caption", "query"] if has_network else ["query"],
        "space_id": f"d2s-{space.hexdigest()[:12]}",
        "pruning": {"image_terms": _KEPT, "caption_terms": _KEPT, "query_terms": _KEPT},
        "licence": "Yours; mind those of the data and of the dense model.",
        "metrics": about.facts.get("metrics", {}),
        "training": {name: fact for name, fact in about.facts.items() if name != "metrics"},
    }
    (directory / FILE_NAME).write_text(
        json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
