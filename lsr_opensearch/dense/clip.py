"""CLIP, through transformers (arXiv 2103.00020): ``CLIPModel``.

- image: normalize(visual_projection(vision_model(pixels), pooled))
- text: normalize(text_projection(text_model(tokens), at its end token))
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn.functional import normalize
from transformers import CLIPModel

from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.preprocessing import read_picture_input
from lsr_opensearch.dense.pretrained import load_pretrained
from lsr_opensearch.dense.tokenizer import cutting_tokenizer
from lsr_opensearch.dense.tower import ImageTower, TextTower
from lsr_opensearch.encoders.networks.picture_input import PictureInput


class ClipText(TextTower):
    """The text side; the end token, which is before all padding, stands for the text."""

    def __init__(self, network: Any, tokenizer_file: Path) -> None:
        super().__init__()
        self.tokenizer_file = tokenizer_file
        self.most_tokens = network.config.text_config.max_position_embeddings
        self.width = network.text_projection.out_features
        self.encoder, self.projection = network.text_model, network.text_projection

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        # No token looks at what comes after it, so padding needs no mask; and where the end token
        # is searched for as the largest number, padding must be no larger.
        read = self.encoder(input_ids=input_ids * attention_mask)
        return normalize(self.projection(read.pooler_output), dim=-1)


class ClipImage(ImageTower):
    """The image side."""

    def __init__(self, network: Any, picture_input: PictureInput) -> None:
        super().__init__()
        self.picture_input = picture_input
        self.width = network.visual_projection.out_features
        self.encoder, self.projection = network.vision_model, network.visual_projection

    def forward(self, pixel_values: Tensor) -> Tensor:
        seen = self.encoder(pixel_values=pixel_values)
        return normalize(self.projection(seen.pooler_output), dim=-1)


def load_clip(name: str, folder: Path) -> DenseModel:
    """From a folder in the layout of transformers.

    Args:
        name: what the model is called.

    Raises:
        ModelError: a file of it is missing, damaged, or of another model.
    """
    network = load_pretrained(CLIPModel, folder)
    seen = read_picture_input(folder, network.config.vision_config.image_size, "crop")
    texts = network.config.text_config
    tokenizer = cutting_tokenizer(folder, texts.max_position_embeddings, texts.vocab_size)
    text, image = ClipText(network, tokenizer), ClipImage(network, seen)
    return DenseModel(name, text.eval(), image.eval())
