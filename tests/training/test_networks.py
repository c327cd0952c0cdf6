"""Exported networks as encoders run them, in batches: results in the order of what was given."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor, nn

from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    SPECIAL,
    TEXT_NETWORK,
    TOKENIZER,
    write_lines,
)
from lsr_opensearch.encoders.networks.image import ImageNetwork
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.encoders.networks.text import TextNetwork
from lsr_opensearch.errors import ImageError
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network

WORDS = ["[PAD]", "[UNK]", *(f"w{number}" for number in range(30))]


class Count(nn.Module):
    """How often each word is said."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        said = nn.functional.one_hot(input_ids, len(WORDS)) * attention_mask[:, :, None]
        return said.sum(1).float()


class Brightness(nn.Module):
    """The mean of each channel."""

    def forward(self, pixel_values: Tensor) -> Tensor:
        return pixel_values.mean((2, 3))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> TextNetwork:
    folder = tmp_path_factory.mktemp("text")
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(WORDS[:2])
    tokenizer.save(str(folder / TOKENIZER))
    write_lines(folder / SPECIAL, WORDS[:2])
    export_text_network(folder / TEXT_NETWORK, Count())
    return TextNetwork(folder, WORDS)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> ImageNetwork:
    folder = tmp_path_factory.mktemp("image")
    picture = PictureInput(8, 8, mean=(0, 0, 0), deviation=(1, 1, 1))
    picture.write(folder)
    export_image_network(folder / IMAGE_NETWORK, Brightness(), picture)
    return ImageNetwork(folder, ["red", "green", "blue"])


def test_texts_of_many_lengths_keep_their_order(text: TextNetwork) -> None:
    lengths = [3, 600, 1, 40, 0, 2, 300] * 20
    texts = [" ".join([f"w{place % 30}"] * length) for place, length in enumerate(lengths)]
    # Longer texts are cut at 512 tokens.
    expected = [
        {f"w{place % 30}": float(min(length, 512))} if length else {}
        for place, length in enumerate(lengths)
    ]
    assert text.encode(texts, 5) == expected


def test_a_text_of_unknown_words_says_nothing(text: TextNetwork) -> None:
    assert text.encode(["what", "w1", "[PAD] who"], 5) == [{}, {"w1": 1.0}, {}]


def test_more_pictures_than_a_batch_keep_their_order(image: ImageNetwork) -> None:
    pictures = [Image.new("RGB", (9, 9), (number, 0, 255)) for number in range(50)]
    found = image.encode(pictures, 3)
    red = [terms.get("red", 0.0) for terms in found]
    assert red == pytest.approx([number / 255 for number in range(50)], abs=1e-5)
    assert torch.tensor([terms["blue"] for terms in found]).allclose(torch.ones(50))


def test_a_bad_picture_among_many_is_told(image: ImageNetwork) -> None:
    pictures = [Image.new("RGB", (9, 9))] * 30
    with pytest.raises(ImageError):
        image.encode([*pictures, b"no picture"], 3)


def test_no_pictures_give_nothing(image: ImageNetwork) -> None:
    assert image.encode([], 3) == []
