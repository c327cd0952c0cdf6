"""A trained head as a model directory, which ``--model DIR`` takes at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from lsr_opensearch.dense import DenseModel, ImageTower, TextTower
from lsr_opensearch.encoders.d2s.files import HEAD, QUERY_TABLE
from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    SPECIAL,
    TEXT_NETWORK,
    TOKENIZER,
    VOCABULARY,
    read_lines,
    write_lines,
)
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.description import MOST_TERMS, Side
from lsr_opensearch.training.about import About, Runs, write_about
from lsr_opensearch.training.d2s.alone import WordsAlone
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.query_table import query_rows
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network
from lsr_opensearch.training.vocabulary import Vocabulary

LIMITS = "Knows what its dense model knows, and the words of its training captions best."


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
    _copy(vocabulary.file, directory / TOKENIZER)
    alone = WordsAlone(dense.text, tokens) if dense else None
    query_rows(head, *texts, alone).write(directory / QUERY_TABLE)
    if dense is not None:
        write_networks(directory, head, dense)
    runs = Runs("d2s", f"d2s-{_space(directory)}", sides_of(directory), MOST_TERMS)
    write_about(directory, about, runs)


def write_networks(directory: Path, head: D2SHead, dense: DenseModel) -> None:
    """Write the dense model's sides, each with the head behind it, and what goes into them."""
    # The text side takes the tokens of the dense model, whatever the words of the head are.
    _copy(dense.text.tokenizer_file, directory / TOKENIZER)
    export_text_network(directory / TEXT_NETWORK, TextChain(dense.text, head))
    if dense.image is not None:
        dense.image.picture_input.write(directory)
        chain = ImageChain(dense.image, head)
        export_image_network(directory / IMAGE_NETWORK, chain, dense.image.picture_input)


def read_head(directory: Path) -> D2SHead:
    """The head of a model directory.

    Raises:
        ModelError: a file of it is missing or damaged.
    """
    try:
        tensors = load_file(directory / HEAD)
        words, special = read_lines(directory / VOCABULARY), read_lines(directory / SPECIAL)
        hidden, width = tensors["proj.weight"].shape
        head = D2SHead(width, hidden, len(words), [words.index(token) for token in special])
        head.load_state_dict(tensors)
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"The head of the model directory {directory} cannot be used ({error}).",
            "Restore the directory, or train the model again.",
        ) from error
    return head.eval()


def sides_of(directory: Path) -> list[Side]:
    """What a D2S model directory with these files can encode."""
    image: list[Side] = ["image"] if (directory / IMAGE_NETWORK).exists() else []
    caption: list[Side] = ["caption"] if (directory / TEXT_NETWORK).exists() else []
    return [*image, *caption, "query"]


def _copy(source: Path, target: Path) -> None:
    # One that is trained in place lies there already.
    if source.resolve() != target.resolve():
        target.write_bytes(source.read_bytes())


def _space(directory: Path) -> str:
    """Names the head and the words."""
    space = hashlib.sha256()
    for name in (VOCABULARY, HEAD):
        space.update((directory / name).read_bytes())
    return space.hexdigest()[:12]
