"""Encoders: image, caption or query -> term weights. One module or package a model family."""

from __future__ import annotations

import os

from lsr_opensearch.encoders.base import Encoder
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import DEFAULT_MODEL, describe_model, find_model
from lsr_opensearch.models.hub import is_hub_name

__all__ = ["Encoder", "encoder_of", "load_encoder"]


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
    if description.kind == "bi_encoder":
        from lsr_opensearch.encoders.bi_encoder import BiEncoder

        return BiEncoder(description.directory, description)
    raise ModelError(
        f"The model {description.name!r} is of the kind {description.kind!r}, "
        "which this version cannot run.",
        "Upgrade lsr-opensearch, or use the bundled model: --model basic",
    )


def encoder_of(
    index: str, model: str, *, asked_for: str | os.PathLike[str] | None = None
) -> Encoder:
    """The encoder of an index: the one that was asked for, else that of the index's own model.

    An index knows its model by the name alone, which is not the path of one in a directory.

    Args:
        index, model: their names.
        asked_for: name or directory.

    Raises:
        ModelError: it cannot be loaded or fetched, or the index's own is not here by its name.
    """
    if asked_for is not None:
        return load_encoder(asked_for)
    try:
        find_model(model)
    except ModelError as error:
        if is_hub_name(model):
            raise
        raise ModelError(
            f"The index {index!r} was made by the model {model!r}, which is not here by that name.",
            "Name its directory (search, index, reindex, verify --repair): --model DIR",
        ) from error
    return load_encoder(model)
