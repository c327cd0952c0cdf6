"""Tiny random models in the layout of the hub, and pictures of coloured shapes with captions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import (
    BeitConfig,
    BeitForMaskedImageModeling,
    BertConfig,
    BertForMaskedLM,
    ViTConfig,
    ViTModel,
)

from lsr_opensearch.datasets.dataset import Dataset
from lsr_opensearch.datasets.split_file import write_split_file

COLOURS = ("red", "green", "blue", "white")
SHAPES = ("circle", "square", "bar")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (*SPECIAL, *COLOURS, *SHAPES, "a", "the", "on", "black", "s", "##s", "dog", "cat", ".")
WIDTH, SIDE, PATCH = 32, 32, 8


def write_tokenizer(file: Path, words: tuple[str, ...] = WORDS) -> None:
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(one, numbers[one]) for one in ("[CLS]", "[SEP]")]
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(file))


def bert_config(width: int = WIDTH) -> BertConfig:
    return BertConfig(
        vocab_size=len(WORDS),
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )


def write_bert(folder: Path, width: int = WIDTH) -> BertForMaskedLM:
    torch.manual_seed(1)
    model = BertForMaskedLM(bert_config(width))
    # Biases of 0 would not show whether they were loaded.
    torch.nn.init.normal_(model.cls.predictions.bias)
    model.save_pretrained(folder)
    write_tokenizer(folder / "tokenizer.json")
    return model


SIZES = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": SIDE,
    "patch_size": PATCH,
}


def write_vit(folder: Path, **sizes: int) -> ViTModel:
    torch.manual_seed(2)
    model = ViTModel(ViTConfig(**SIZES | sizes))
    model.save_pretrained(folder)
    preprocessor = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return model


def write_beit(folder: Path) -> BeitForMaskedImageModeling:
    torch.manual_seed(3)
    model = BeitForMaskedImageModeling(
        BeitConfig(**SIZES, vocab_size=7, use_relative_position_bias=True)
    )
    model.save_pretrained(folder)
    return model


def draw(file: Path, colour: str, shape: str, shift: int) -> None:
    picture = Image.new("RGB", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    if shape == "circle":
        pen.ellipse((4 + shift, 6, 22 + shift, 24), fill=colour)
    elif shape == "square":
        pen.rectangle((5 + shift, 7, 21 + shift, 23), fill=colour)
    else:
        pen.rectangle((1, 12 + shift, 30, 17 + shift), fill=colour)
    picture.save(file)


def write_shapes(folder: Path) -> Path:
    """Twelve pictures to train on, and twelve a little moved to validate on, two captions each."""
    (folder / "pictures").mkdir(parents=True)
    names, splits, captions = [], [], []
    for split, shift in (("train", 0), ("val", 4)):
        for colour in COLOURS:
            for shape in SHAPES:
                name = f"pictures/{split}-{colour}-{shape}.png"
                draw(folder / name, colour, shape, shift)
                names.append(name)
                splits.append(split)
                captions += [f"a {colour} {shape}", f"the {shape}s on black: {colour}."]
    ids = tuple(str(number) for number in range(len(names)))
    dataset = Dataset(
        image_ids=ids,
        image_splits=tuple(splits),
        caption_ids=tuple(str(number) for number in range(len(captions))),
        captions=tuple(captions),
        image_of_caption=np.repeat(np.arange(len(names)), 2),
    )
    write_split_file(folder / "dataset_meta.json", dataset, "shapes", names)
    return folder
