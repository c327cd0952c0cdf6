"""The rivals of D2S: bi-encoders whose networks are trained whole, not a head on frozen vectors.

All of them turn every position of a picture or a text into logits over the words, keep the largest
logit of each word, and make it a weight. The equations are named where they stand: `pooling` (from
logits to weights), `lexlip`, `stair` and `vdr` (one paper each), `contrastive` (InfoNCE),
`trainer` (the total loss: InfoNCE and both regularisers).
"""
