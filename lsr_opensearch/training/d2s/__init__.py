"""D2S: a head that turns the vectors of a frozen dense model into words.

Source: Nguyen et al., "Multimodal Learned Sparse Retrieval with Probabilistic Expansion Control",
ECIR 2024, arXiv 2402.17535. The equations are named where they stand: `head` (the projection),
`control` (expansion control), `distillation` (the distillation loss), `schedules` (p), `trainer`
(the total loss: distillation and both regularisers). What other trainings have, too, stands above:
`training.regularisers`, `training.schedules`.
"""
