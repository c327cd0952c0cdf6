"""Two networks as a model directory, which ``--model DIR`` takes at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from lsr_opensearch.training.about import About, Runs, write_about
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.vocabulary import Vocabulary


@dataclass(frozen=True)
class Rules:
    """How a model is run.

    Attributes:
        family: ``lexlip``, ``stair`` or ``vdr``; the space is named after it.
        kept: words of a picture, a caption and a query, at most.
        most_tokens: that the text's network reads; longer texts are cut there.
        not_words: numbers of the tokens that never weigh anything; the special ones by default.
    """

    family: str
    kept: int
    most_tokens: int
    not_words: Sequence[int] | None = None


def write_bi_encoder(
    directory: Path,
    rival: Rival,
    vocabulary: Vocabulary,
    picture: PictureInput,
    rules: Rules,
    about: About,
) -> None:
    """Write the files of a model directory of the kind ``bi_encoder``."""
    rival = rival.eval().cpu()
    directory.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary.tokens
    write_lines(directory / VOCABULARY, tokens)
    left_out = vocabulary.special if rules.not_words is None else rules.not_words
    write_lines(directory / SPECIAL, [tokens[number] for number in left_out])
    tokenizer = Tokenizer.from_file(str(vocabulary.file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(rules.most_tokens)
    tokenizer.save(str(directory / TOKENIZER))
    picture.write(directory)
    export_text_network(directory / TEXT_NETWORK, rival.texts)
    export_image_network(directory / IMAGE_NETWORK, rival.images, picture)
    space_id = f"{rules.family}-{_space(rival, vocabulary)}"
    runs = Runs("bi_encoder", space_id, ["image", "caption", "query"], rules.kept)
    write_about(directory, about, runs)


def _space(rival: nn.Module, vocabulary: Vocabulary) -> str:
    """Names the weights of both networks, and the words."""
    space = hashlib.sha256("\n".join(vocabulary.tokens).encode("utf-8"))
    space.update(save({name: one.clone() for name, one in rival.state_dict().items()}))
    return space.hexdigest()[:12]
