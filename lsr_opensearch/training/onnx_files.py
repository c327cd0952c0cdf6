"""Networks of torch as ONNX files, by the names that `encoders.networks` gives to what goes in."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lsr_opensearch.encoders.networks.picture_input import PictureInput


def export_text_network(path: Path, network: nn.Module) -> None:
    """A network that takes tokens and which count, int64 [batch, length]; both are free."""
    # Two tensors: one given twice would be taken for one input.
    example = torch.ones(2, 5, dtype=torch.long), torch.ones(2, 5, dtype=torch.long)
    shapes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}
    _export(path, network, {"input_ids": example[0], "attention_mask": example[1]}, shapes)


def export_image_network(path: Path, network: nn.Module, picture: PictureInput) -> None:
    """A network that takes pixels, float32 [batch, 3, height, width]; the batch is free."""
    example = torch.zeros(2, 3, picture.height, picture.width)
    _export(path, network, {"pixel_values": example}, {0: torch.export.Dim("batch")})


def _export(
    path: Path, network: nn.Module, example: dict[str, torch.Tensor], shapes: dict[int, Any]
) -> None:
    # The exporter speaks to its own developers, and of libraries that nothing here is of.
    exporter = logging.getLogger("torch.onnx")
    with warnings.catch_warnings(), _silenced(exporter):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            tuple(example.values()),
            path,
            input_names=list(example),
            output_names=["weights"],
            dynamic_shapes=dict.fromkeys(example, shapes),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


@contextmanager
def _silenced(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
