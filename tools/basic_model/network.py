"""Stage "network": everything that the run time computes by network -> ``network.onnx``.

Input ``pictures`` uint8 [b, 224, 224, 3]. Outputs, for the whole picture and its four overlapping
corners: ``word_weights`` float [b, 5, 64] and ``word_numbers`` int64 [b, 5, 64], the strongest
words of the sparse head; ``posterior`` float [b, 5, 1000]; ``confidence`` float [b, 5].
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from lsr_opensearch.encoders.basic.image import NETWORK_OUTPUTS, REGION_WORDS
from tools.basic_model.backbone import Backbone, export, pool_regions
from tools.basic_model.confidence import confidence
from tools.basic_model.dense import DenseEncoder, class_weights
from tools.basic_model.head import SparseHead
from tools.basic_model.training_data import TrainingData
from tools.basic_model.workspace import Workspace


class Network(nn.Module):
    """Backbone, dense vector, sparse head and confidence in one."""

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = SparseHead.load(work)
        dense = DenseEncoder.load(work, TrainingData.load(work))
        sure = np.load(work.file("confidence.npz"))
        # Buffers become named arrays of the ONNX file, which `quantise` finds; plain tensors not.
        self.register_buffer("weight", dense.weight)
        self.register_buffer("bias", dense.bias)
        self.register_buffer("centred_classes", dense.centred_classes)
        self.register_buffer("sure_weight", torch.tensor(sure["weight"]))
        self.register_buffer("sure_bias", torch.tensor(sure["bias"]))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        pooled = pool_regions(self.backbone.feature_map(pictures))
        logits = self.backbone.logits(pooled)
        dense = DenseEncoder(self.weight, self.bias, self.centred_classes)
        words = self.head(dense.picture(pooled, class_weights(logits)))
        strongest = words.topk(REGION_WORDS, -1)
        sure = confidence(pooled, self.sure_weight, self.sure_bias)
        return strongest.values, strongest.indices, F.softmax(logits, -1), sure


def run(work: Workspace) -> None:
    export(Network(work), work.file("network.onnx"), list(NETWORK_OUTPUTS))
