"""Model directories: what a model says of itself, and which models are known by name."""

from lsr_opensearch.models.description import ModelDescription, read_description
from lsr_opensearch.models.registry import (
    DEFAULT_MODEL,
    KNOWN_MODELS,
    KnownModel,
    describe_model,
    find_model,
)

__all__ = [
    "DEFAULT_MODEL",
    "KNOWN_MODELS",
    "KnownModel",
    "ModelDescription",
    "describe_model",
    "find_model",
    "read_description",
]
