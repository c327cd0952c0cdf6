"""STAIR: CLIP with words in place of dimensions.

Source: Chen et al., "STAIR: Learning Sparse Text and Image Representation in Grounded Tokens",
EMNLP 2023, arXiv 2301.13081. There is no public code.

``s = log(1 + relu(max_i l_i))`` over the positions i, where l is a masked-language-model head (the
paper's token projection head) on each side; InfoNCE with a temperature that is learned, plus
lambda FLOPS on each side, whose weights grow. Not certain, because the paper does not have to say
it and no code does: that similarities are cosines, as CLIP's are, so that vectors are brought to
length 1. Its three stages, in which one side after the other is frozen, are not here.
"""

from __future__ import annotations

from lsr_opensearch.training.rivals.backbones import ImageBackbone, TextBackbone
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.mlm_heads import with_mlm_heads
from lsr_opensearch.training.rivals.pooling import log1p_relu
from lsr_opensearch.training.rivals.settings import RivalSettings
from lsr_opensearch.training.vocabulary import Vocabulary


def stair(
    image: ImageBackbone, text: TextBackbone, vocabulary: Vocabulary, settings: RivalSettings
) -> Rival:
    """The networks, as training begins with them."""
    return with_mlm_heads(image, text, vocabulary, settings, log1p_relu, normalises=True)
