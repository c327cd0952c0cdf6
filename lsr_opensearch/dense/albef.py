"""ALBEF for retrieval (arXiv 2107.07651), of parts that transformers has.

- image: normalize(vision_proj(visual_encoder(pixels)[:, 0])); the encoder is the ViT that BLIP,
  by the same authors, has, too.
- text: normalize(text_proj(text_encoder(tokens)[:, 0])); the encoder is the lower half of a BERT,
  whose upper half, which looks at the picture, is not needed here.

A folder of ours holds one: `albef_checkpoint.convert_albef` makes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import BertConfig, BertModel, BlipVisionConfig, BlipVisionModel

from lsr_opensearch.dense.folder import DESCRIPTION_FILE
from lsr_opensearch.dense.model import DenseModel
from lsr_opensearch.dense.pretrained import check_names
from lsr_opensearch.dense.tokenizer import TOKENIZER_FILE, cutting_tokenizer
from lsr_opensearch.dense.tower import ImageTower, TextTower
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import read_json

KIND = "albef"
WEIGHTS_FILE = "model.safetensors"
# As the original cuts them for retrieval (salesforce/ALBEF, Retrieval.py).
MOST_TOKENS = 30
# The prefixes of the towers' tensors.
TEXT, IMAGE = "text.", "image."


@dataclass(frozen=True)
class AlbefSizes:
    """What the towers are built from.

    Attributes:
        width: numbers in a vector.
        words, positions: rows of the text side's tables.
        image_side, patch: pixels.
        *_width, *_inner: numbers in a hidden vector, and inside of a feed-forward part.
    """

    width: int
    words: int
    positions: int
    text_width: int
    text_inner: int
    text_layers: int
    text_heads: int
    image_side: int
    patch: int
    image_width: int
    image_inner: int
    image_layers: int
    image_heads: int


class AlbefText(TextTower):
    """The text side; its first token stands for the text."""

    most_tokens = MOST_TOKENS

    def __init__(self, sizes: AlbefSizes, tokenizer_file: Path) -> None:
        super().__init__()
        self.tokenizer_file = tokenizer_file
        self.width = sizes.width
        config = BertConfig(
            vocab_size=sizes.words,
            hidden_size=sizes.text_width,
            intermediate_size=sizes.text_inner,
            num_hidden_layers=sizes.text_layers,
            num_attention_heads=sizes.text_heads,
            max_position_embeddings=sizes.positions,
        )
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.projection = nn.Linear(sizes.text_width, sizes.width)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        read = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        return normalize(self.projection(read.last_hidden_state[:, 0]), dim=-1)


class AlbefImage(ImageTower):
    """The image side; its first token stands for the picture."""

    def __init__(self, sizes: AlbefSizes) -> None:
        super().__init__()
        self.picture_input = PictureInput(sizes.image_side, sizes.image_side)
        self.width = sizes.width
        config = BlipVisionConfig(
            hidden_size=sizes.image_width,
            intermediate_size=sizes.image_inner,
            num_hidden_layers=sizes.image_layers,
            num_attention_heads=sizes.image_heads,
            image_size=sizes.image_side,
            patch_size=sizes.patch,
            layer_norm_eps=1e-6,
        )
        self.encoder = BlipVisionModel(config)
        self.projection = nn.Linear(sizes.image_width, sizes.width)

    def forward(self, pixel_values: Tensor) -> Tensor:
        seen = self.encoder(pixel_values=pixel_values)
        return normalize(self.projection(seen.last_hidden_state[:, 0]), dim=-1)


def load_albef(name: str, folder: Path) -> DenseModel:
    """From a folder that `write_albef` wrote.

    Args:
        name: what the model is called.

    Raises:
        ModelError: a file of it is missing, damaged, or of another model.
    """
    held = read_json(folder / DESCRIPTION_FILE)
    try:
        sizes = AlbefSizes(**{field.name: int(held[field.name]) for field in fields(AlbefSizes)})
        tensors = load_file(folder / WEIGHTS_FILE)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError(
            f"The dense model in {folder} is incomplete or damaged ({error!r}).",
            "Convert it again: lsr-os models convert-albef",
        ) from error
    text = AlbefText(sizes, cutting_tokenizer(folder, MOST_TOKENS, sizes.words))
    image = AlbefImage(sizes)
    load_towers(folder, text, image, tensors)
    return DenseModel(name, text, image)


def load_towers(
    source: Path, text: AlbefText, image: AlbefImage, tensors: dict[str, Tensor]
) -> None:
    """Give the towers their weights, all of them, and freeze them.

    Args:
        source: where the weights are from, for messages.

    Raises:
        ModelError: some are missing, too many, or of another shape.
    """
    towers = nn.ModuleDict({TEXT.rstrip("."): text, IMAGE.rstrip("."): image})
    try:
        missing, unexpected = towers.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise ModelError(
            f"Tensors of {source} are not as wide as the others ask for ({error}).",
            "It must be one checkpoint of ALBEF, whole.",
        ) from error
    check_names(source, missing, unexpected)
    towers.eval().requires_grad_(False)


def write_albef(
    folder: Path, sizes: AlbefSizes, tensors: dict[str, Tensor], tokenizer: Path
) -> None:
    """Write the folder of a dense model.

    Args:
        tokenizer: the ``tokenizer.json``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / WEIGHTS_FILE)
    (folder / TOKENIZER_FILE).write_bytes(tokenizer.read_bytes())
    described = json.dumps({"kind": KIND, **asdict(sizes)}, indent=2) + "\n"
    (folder / DESCRIPTION_FILE).write_text(described, encoding="utf-8")
