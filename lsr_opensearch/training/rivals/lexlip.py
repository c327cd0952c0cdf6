"""LexLIP: BEiT and BERT, each with BERT's masked-language-model head, the picture's a copy of it.

Source: Luo et al., "LexLIP: Lexicon-Bottlenecked Language-Image Pre-Training for Large-Scale
Image-Text Sparse Retrieval", ICCV 2023, arXiv 2302.02908; github.com/ChiYeungLaw/LexLIP-ICCV23.

``s = log(1 + max_i relu(l_i))`` over the positions i, brought to length 1; InfoNCE at a temperature
of 0.05 plus 0.002 (FLOPS(texts) + FLOPS(pictures)) on those vectors. This is the phase of contrast
between lexicons, with the batch's own pairs; neither the bottlenecked pre-training before it, nor
the momentum encoders with their queue of older negatives, is here.
"""

from __future__ import annotations

from lsr_opensearch.training.rivals.backbones import ImageBackbone, TextBackbone
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.mlm_heads import with_mlm_heads
from lsr_opensearch.training.rivals.pooling import log1p_relu
from lsr_opensearch.training.rivals.settings import RivalSettings
from lsr_opensearch.training.vocabulary import Vocabulary


def lexlip(
    image: ImageBackbone, text: TextBackbone, vocabulary: Vocabulary, settings: RivalSettings
) -> Rival:
    """The networks, as training begins with them."""
    return with_mlm_heads(image, text, vocabulary, settings, log1p_relu, normalises=True)
