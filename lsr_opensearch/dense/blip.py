"""BLIP for retrieval, through transformers (arXiv 2201.12086): ``BlipForImageTextRetrieval``.

- image: normalize(vision_proj(vision_model(pixels)[:, 0]))
- text: normalize(text_proj(text_encoder(tokens)[:, 0]))
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn.functional import normalize
from transformers import BlipForImageTextRetrieval

from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.preprocessing import read_picture_input
from lsr_opensearch.dense.pretrained import load_pretrained
from lsr_opensearch.dense.tokenizer import cutting_tokenizer
from lsr_opensearch.dense.tower import ImageTower, TextTower
from lsr_opensearch.encoders.networks.picture_input import PictureInput

# As the original cuts them for retrieval (salesforce/BLIP, models/blip_retrieval.py).
MOST_TOKENS = 35


class BlipText(TextTower):
    """The text side; its first token stands for the text."""

    most_tokens = MOST_TOKENS

    def __init__(self, network: Any, tokenizer_file: Path) -> None:
        super().__init__()
        self.tokenizer_file = tokenizer_file
        self.width = network.text_proj.out_features
        self.encoder, self.projection = network.text_encoder, network.text_proj

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        read = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        return normalize(self.projection(read.last_hidden_state[:, 0]), dim=-1)


class BlipImage(ImageTower):
    """The image side; its first token stands for the picture."""

    def __init__(self, network: Any, picture_input: PictureInput) -> None:
        super().__init__()
        self.picture_input = picture_input
        self.width = network.vision_proj.out_features
        self.encoder, self.projection = network.vision_model, network.vision_proj

    def forward(self, pixel_values: Tensor) -> Tensor:
        seen = self.encoder(pixel_values=pixel_values)
        return normalize(self.projection(seen.last_hidden_state[:, 0]), dim=-1)


def load_blip(name: str, folder: Path) -> DenseModel:
    """From a folder in the layout of transformers.

    Args:
        name: what the model is called.

    Raises:
        ModelError: a file of it is missing, damaged, or of another model.
    """
    network = load_pretrained(BlipForImageTextRetrieval, folder)
    seen = read_picture_input(folder, network.config.vision_config.image_size, "squash")
    tokenizer = cutting_tokenizer(folder, MOST_TOKENS, network.config.text_config.vocab_size)
    text, image = BlipText(network, tokenizer), BlipImage(network, seen)
    return DenseModel(name, text.eval(), image.eval())
