"""A whole training of LexLIP or STAIR: from pictures and captions to a model directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lsr_opensearch.datasets.files import META_FILE
from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.device import gpu_memory, usable_device
from lsr_opensearch.errors import ModelError, TrainingError
from lsr_opensearch.models.description import MOST_TERMS
from lsr_opensearch.training.about import About
from lsr_opensearch.training.checkpoints import CHECKPOINT_FILE, check_out
from lsr_opensearch.training.log import write_log
from lsr_opensearch.training.making import making, shown_name
from lsr_opensearch.training.rivals.backbones import (
    ImageBackbone,
    TextBackbone,
    load_image_backbone,
    load_text_backbone,
)
from lsr_opensearch.training.rivals.export import Rules, write_bi_encoder
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.lexlip import lexlip
from lsr_opensearch.training.rivals.pairs import Pairs
from lsr_opensearch.training.rivals.settings import RivalName, RivalSettings
from lsr_opensearch.training.rivals.stair import stair
from lsr_opensearch.training.rivals.trainer import (
    Data,
    OnStep,
    Trained,
    train_rival,
)
from lsr_opensearch.training.splits import train_and_val
from lsr_opensearch.training.vocabulary import Vocabulary

LOG_FILE = "training.csv"
TITLES: dict[RivalName, str] = {"lexlip": "LexLIP", "stair": "STAIR"}


@dataclass(frozen=True)
class Inputs:
    """What a training starts from.

    Attributes:
        data: a split file, or the folder of a data set that has one.
        images: the folder that its file names are relative to.
        image_backbone, text_backbone: folders, or repositories on the hub.
        random_start: take the backbones' sizes alone, and begin with random weights.
        device: ``cpu`` or ``cuda``.
    """

    data: Path
    images: Path
    image_backbone: str
    text_backbone: str
    random_start: bool = False
    device: str = "cpu"


def train_on(
    inputs: Inputs, settings: RivalSettings, out: Path, on_step: OnStep | None = None
) -> Trained:
    """Train a rival, and leave the model directory ``out``; begun before, go on.

    Raises:
        UsageError: ``out`` holds something else or cannot be made, or the device cannot be used.
        DatasetError, ImageError, ModelError, TrainingError: an input cannot be used, or the
            training failed.
    """
    check_out(out)
    device = usable_device(inputs.device)
    split_file = inputs.data / META_FILE if inputs.data.is_dir() else inputs.data
    splits = train_and_val(read_pictures(split_file, inputs.images), split_file)
    torch.manual_seed(settings.seed)
    text = load_text_backbone(inputs.text_backbone, random_start=inputs.random_start)
    image = load_image_backbone(inputs.image_backbone, random_start=inputs.random_start)
    vocabulary = Vocabulary(text.tokenizer_file)
    smaller = "Take smaller backbones, or the processor: --device cpu"
    with gpu_memory("the two networks", smaller, TrainingError):
        rival = build_rival(image, text, vocabulary, settings).to(device)
    most_tokens = min(settings.most_tokens, text.most_tokens)
    train, validation = (Pairs.of(split, text.tokenizer_file, most_tokens) for split in splits)
    out.mkdir(parents=True, exist_ok=True)
    data = Data(train, validation, image.picture_input)
    trained = train_rival(rival, data, settings, out, device, on_step)
    write_log(out / LOG_FILE, trained.progress.rows)
    title = TITLES[settings.rival]
    facts = _facts(trained, inputs)
    about = About(
        name=out.resolve().name,
        summary=f"A bi-encoder trained as {title} is, on {split_file.resolve().parent.name}.",
        limits="Knows what its pictures and captions told it, and what its backbones knew before.",
        licence="Yours; mind those of the data and of the backbones.",
        metrics=facts.pop("metrics"),
        making=facts,
    )
    rules = Rules(settings.rival, MOST_TERMS, text.most_tokens)
    write_bi_encoder(out, trained.rival, vocabulary, image.picture_input, rules, about)
    os.unlink(out / CHECKPOINT_FILE)
    return trained


def build_rival(
    image: ImageBackbone, text: TextBackbone, vocabulary: Vocabulary, settings: RivalSettings
) -> Rival:
    """The networks, as training begins with them.

    Raises:
        ModelError: the backbones do not fit each other, or the text's its tokenizer.
    """
    if image.width != text.width:
        raise ModelError(
            f"The image backbone makes vectors of {image.width} numbers, and the text backbone of "
            f"{text.width}.",
            "Take two of one width: both get the text backbone's language head.",
        )
    if text.words != len(vocabulary):
        raise ModelError(
            f"The text backbone has {text.words:,} words, and {vocabulary.file} "
            f"{len(vocabulary):,}.",
            "Use the model's own tokenizer.json.",
        )
    build = {"lexlip": lexlip, "stair": stair}[settings.rival]
    return build(image, text, vocabulary, settings)


def _facts(trained: Trained, inputs: Inputs) -> dict[str, Any]:
    return {
        "image_backbone": shown_name(inputs.image_backbone),
        "text_backbone": shown_name(inputs.text_backbone),
        "random_start": inputs.random_start,
        **making(trained.settings, trained.progress),
    }
