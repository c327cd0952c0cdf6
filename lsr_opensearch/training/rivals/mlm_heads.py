"""Two backbones, each with the head of one masked language model: how LexLIP and STAIR begin."""

from __future__ import annotations

import copy

import torch

from lsr_opensearch.training.rivals.backbones import ImageBackbone, TextBackbone
from lsr_opensearch.training.rivals.lexical import LexicalHead, LexicalImages, LexicalTexts, Rival
from lsr_opensearch.training.rivals.pooling import Activation
from lsr_opensearch.training.rivals.settings import RivalSettings
from lsr_opensearch.training.vocabulary import Vocabulary


def with_mlm_heads(
    image: ImageBackbone,
    text: TextBackbone,
    vocabulary: Vocabulary,
    settings: RivalSettings,
    activation: Activation,
    *,
    normalises: bool,
) -> Rival:
    """The text's own head for the text, and a copy of it, which goes its own way, for the image."""

    def head(logits: torch.nn.Module) -> LexicalHead:
        return LexicalHead(
            logits, len(vocabulary), vocabulary.special, activation, normalises=normalises
        )

    return Rival(
        LexicalImages(image.network, head(copy.deepcopy(text.mlm_head))),
        LexicalTexts(text.network, head(text.mlm_head)),
        temperature=settings.temperature,
        learns_temperature=settings.learns_temperature,
    )
