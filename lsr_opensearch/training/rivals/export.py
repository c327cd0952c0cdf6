"""Two networks as a model directory, which ``--model DIR`` takes at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import save
from tokenizers import Tokenizer
from torch import nn

from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    SPECIAL,
    TEXT_NETWORK,
    TOKENIZER,
    VOCABULARY,
    write_lines,
)
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.models.description import FILE_NAME, FORMAT
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network
from lsr_opensearch.training.rivals.card import card
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.vocabulary import Vocabulary


@dataclass(frozen=True)
class About:
    """What a model says of itself.

    Attributes:
        name: what ``--model`` calls it in messages.
        family: ``lexlip``, ``stair`` or ``vdr``; the space is named after it.
        summary, limits, licence: in plain words.
        kept: words of a picture, a caption and a query, at most.
        facts: ``metrics``, and how it was made.
    """

    name: str
    family: str
    summary: str
    limits: str
    licence: str
    kept: int
    facts: dict[str, Any] = field(default_factory=dict)


def write_bi_encoder(
    directory: Path,
    rival: Rival,
    vocabulary: Vocabulary,
    picture: PictureInput,
    about: About,
    most_tokens: int,
    not_words: Sequence[int] | None = None,
) -> None:
    """Write the files of a model directory of the kind ``bi_encoder``.

    Args:
        most_tokens: that the text's network reads; longer texts are cut there.
        not_words: numbers of the tokens that never weigh anything; the special ones by default.
    """
    rival = rival.eval().cpu()
    directory.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary.tokens
    write_lines(directory / VOCABULARY, tokens)
    left_out = vocabulary.special if not_words is None else not_words
    write_lines(directory / SPECIAL, [tokens[number] for number in left_out])
    tokenizer = Tokenizer.from_file(str(vocabulary.file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(most_tokens)
    tokenizer.save(str(directory / TOKENIZER))
    picture.write(directory)
    export_text_network(directory / TEXT_NETWORK, rival.texts)
    export_image_network(directory / IMAGE_NETWORK, rival.images, picture)
    text = card(about.name, about.summary, about.facts)
    (directory / "README.md").write_text(text, encoding="utf-8")
    # The last: with it, the directory is a model.
    described = _description(_space(rival, vocabulary), about)
    (directory / FILE_NAME).write_text(
        json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _space(rival: nn.Module, vocabulary: Vocabulary) -> str:
    """Names the weights of both networks, and the words."""
    space = hashlib.sha256("\n".join(vocabulary.tokens).encode("utf-8"))
    space.update(save({name: one.clone() for name, one in rival.state_dict().items()}))
    return space.hexdigest()[:12]


def _description(space: str, about: About) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "bi_encoder",
        "name": about.name,
        "version": "1.0",
        "summary": about.summary,
        "limits": about.limits,
        "sides": ["image", "caption", "query"],
        "space_id": f"{about.family}-{space}",
        "pruning": dict.fromkeys(("image_terms", "caption_terms", "query_terms"), about.kept),
        "licence": about.licence,
        "metrics": about.facts.get("metrics", {}),
        "training": {name: fact for name, fact in about.facts.items() if name != "metrics"},
    }
