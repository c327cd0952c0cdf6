"""VDR: a picture or a text as weights of nearly all words, of which the 768 heaviest are kept.

Source: Zhou et al., "Retrieval-based Disentangled Representation Learning with Natural Language
Supervision", ICLR 2024, arXiv 2212.07699; github.com/jzhoubu/vsearch (MIT).

``s = elu1p(max_i norm(h_i) E^T)`` over the positions i, brought to length 1, then pruned to the 768
heaviest words. E are BERT's word vectors for a text, and a matrix of its own for a picture, whose
network is CLIP's ViT-B/32 without its class token. Words are the tokens in ASCII that are not
special: 27,623 of BERT's 30,522.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lsr_opensearch.training.rivals.lexical import LexicalHead, LexicalImages, LexicalTexts, Rival
from lsr_opensearch.training.rivals.pooling import elu1p
from lsr_opensearch.training.vocabulary import Vocabulary

KEPT = 768


@dataclass(frozen=True)
class PatchSizes:
    """Of the picture's network; by default those of the published one.

    Attributes:
        resolution: side of the pictures, pixels.
        patch: side of a patch, pixels.
        width: numbers in a hidden vector.
    """

    resolution: int = 224
    patch: int = 32
    width: int = 768
    layers: int = 12
    heads: int = 12


@dataclass(frozen=True)
class Hidden:
    """What a network gives, as transformers calls it.

    Attributes:
        last_hidden_state: [batch, positions, width].
    """

    last_hidden_state: Tensor


class Attention(nn.Module):
    """Of every position to all, its parts named as `nn.MultiheadAttention` names them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, hidden: Tensor) -> Tensor:
        projected = nn.functional.linear(hidden, self.in_proj_weight, self.in_proj_bias)
        # [batch, positions, 3, heads, each] -> three of [batch, heads, positions, each]
        split = projected.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        found = nn.functional.scaled_dot_product_attention(split[0], split[1], split[2])
        attended: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return attended


class QuickGelu(nn.Module):
    """x sigmoid(1.702 x), CLIP's."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    """One layer of CLIP's ViT."""

    def __init__(self, sizes: PatchSizes) -> None:
        super().__init__()
        width = sizes.width
        self.attn = Attention(width, sizes.heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGelu())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, hidden: Tensor) -> Tensor:
        hidden = hidden + self.attn(self.ln_1(hidden))
        return hidden + self.mlp(self.ln_2(hidden))


class Patches(nn.Module):
    """Pixels -> a hidden vector for each patch; its parts named as the published ones are."""

    def __init__(self, sizes: PatchSizes) -> None:
        super().__init__()
        across = sizes.resolution // sizes.patch
        self.conv1 = nn.Conv2d(3, sizes.width, sizes.patch, sizes.patch, bias=False)
        self.positional_embedding = nn.Parameter(
            sizes.width**-0.5 * torch.randn(across**2, sizes.width)
        )
        self.ln_pre = nn.LayerNorm(sizes.width)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.Sequential(*(Block(sizes) for _ in range(sizes.layers)))

    def forward(self, pixel_values: Tensor) -> Hidden:
        patches = self.conv1(pixel_values).flatten(2).transpose(1, 2)
        hidden = self.ln_pre(patches + self.positional_embedding)
        return Hidden(self.transformer.resblocks(hidden))


def vdr(patches: Patches, bert: nn.Module, words: int, not_words: list[int]) -> Rival:
    """The two networks, with norms and words' vectors yet to be loaded.

    Args:
        bert: a `BertModel`; its word vectors are the text's.
        words: tokens in its vocabulary.
        not_words: numbers of those that are no words.
    """

    def head(width: int, vectors: nn.Parameter | None = None) -> LexicalHead:
        projector = nn.Linear(width, words, bias=False)
        if vectors is not None:
            projector.weight = vectors
        logits = nn.Sequential(nn.LayerNorm(width), projector)
        return LexicalHead(logits, words, not_words, elu1p, normalises=True)

    vectors = bert.get_input_embeddings().weight
    return Rival(
        LexicalImages(patches, head(patches.conv1.out_channels)),
        LexicalTexts(bert, head(vectors.shape[1], vectors)),
    )


def not_words(vocabulary: Vocabulary) -> list[int]:
    """Numbers of the tokens that VDR gives no weight: special ones, and all not in ASCII."""
    special = set(vocabulary.special)
    return [
        number
        for number, token in enumerate(vocabulary.tokens)
        if number in special or not token.isascii()
    ]
