"""Encoders: image, caption or query -> term weights. One module or package a model family."""

from __future__ import annotations

import os

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import DEFAULT_MODEL, describe_model

__all__ = ["Encoder", "load_encoder"]


def load_encoder(model: str | os.PathLike[str] = DEFAULT_MODEL) -> Encoder:
    """The encoder of a model.

    Args:
        model: the name of a known model, the path of a model directory or of a saved SparseEncoder
            of sentence-transformers, or ``hf:OWNER/NAME`` of the Hugging Face hub.

    Raises:
        ModelError: there is no such model, or its directory cannot be loaded.
    """
    description = describe_model(model)
    if description.kind == "basic":
        from lsr_opensearch.encoders.basic import BasicEncoder

        return BasicEncoder(description.directory, description)
    if description.kind == "d2s":
        from lsr_opensearch.encoders.d2s import D2SEncoder

        return D2SEncoder(description.directory, description)
    if description.kind == "sparse_encoder":
        from lsr_opensearch.encoders.sparse_encoder import SparseEncoderModel

        return SparseEncoderModel(description.directory, description, os.fspath(model))
    raise ModelError(
        f"The model {description.name!r} is of the kind {description.kind!r}, "
        "which this version cannot run.",
        "Upgrade lsr-opensearch, or use the bundled model: --model basic",
    )
