"""Networks with weights of eight bits: about a quarter of the size, and nearly the same words."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lsr_opensearch.errors import MissingExtraError

# What nearly all weights are in: products, embeddings. (Gemm is turned into MatMul.)
_QUANTISED = ["MatMul", "Gather"]


def quantise(network: Path) -> None:
    """Replace an ONNX file by the same network with its large weights in int8, one scale a column.

    What flows through it is quantised while it runs, over all rows of a batch together: a row's
    result depends a little on what is encoded with it. Seven of the eight bits are used, since
    processors without VNNI saturate with eight: so all machines give the same.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError:
        raise MissingExtraError("Quantising a network", "torch") from None
    beside = network.with_suffix(".int8")
    with _quiet():
        quantize_dynamic(
            network,
            beside,
            op_types_to_quantize=_QUANTISED,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    os.replace(beside, network)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice of onnxruntime on preparing networks, which those here have no need of."""
    logger = logging.getLogger()
    logger.addFilter(_is_an_error)
    # With a handler, nothing is set up for good by the first warning.
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.removeFilter(_is_an_error)


def _is_an_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR
