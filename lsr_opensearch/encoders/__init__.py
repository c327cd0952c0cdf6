"""Encoders: image, caption or query -> term weights. One module or package a model family."""

from __future__ import annotations

import os

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import DEFAULT_MODEL, find_model, read_description

__all__ = ["Encoder", "load_encoder"]


def load_encoder(model: str | os.PathLike[str] = DEFAULT_MODEL) -> Encoder:
    """The encoder of a model, by the name of a known model or the path of a model directory.

    Raises:
        ModelError: there is no such model, or its directory cannot be loaded.
    """
    description = read_description(find_model(model))
    if description.kind == "basic":
        from lsr_opensearch.encoders.basic import BasicEncoder

        return BasicEncoder(description.directory, description)
    if description.kind == "d2s":
        from lsr_opensearch.encoders.d2s import D2SEncoder

        return D2SEncoder(description.directory, description)
    if description.kind == "bi_encoder":
        from lsr_opensearch.encoders.bi_encoder import BiEncoder

        return BiEncoder(description.directory, description)
    raise ModelError(
        f"The model {description.name!r} is of the kind {description.kind!r}, "
        "which this version cannot run.",
        "Upgrade lsr-opensearch, or use the bundled model: --model basic",
    )
