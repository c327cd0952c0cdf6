"""A network of a model directory, ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsr_opensearch.errors import ModelError


def open_network(directory: Path, name: str) -> Any:
    """An onnxruntime session on the processor.

    Raises:
        ModelError: the file is missing or damaged.
    """
    from lsr_opensearch.encoders.runtime import onnxruntime

    try:
        return onnxruntime.InferenceSession(
            str(directory / name), providers=["CPUExecutionProvider"]
        )
    # onnxruntime has a class of its own for each way in which a file can be bad.
    except Exception as error:
        raise ModelError(
            f"The model directory {directory} is incomplete or damaged ({error}).",
            "Restore the directory, or write the model again.",
        ) from error
