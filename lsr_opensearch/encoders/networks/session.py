"""A network of a model directory, ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsr_opensearch.errors import ModelError


def open_network(directory: Path, name: str, *, threads: int = 0) -> Any:
    """An onnxruntime session on the processor.

    Args:
        threads: cores that one run may use; all of them by default. One is best where several
            threads run it, as indexing does.

    Raises:
        ModelError: the file is missing or damaged.
    """
    from lsr_opensearch.encoders.runtime import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait would otherwise keep the cores busy that decoding needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(directory / name), options, providers=["CPUExecutionProvider"]
        )
    # onnxruntime has a class of its own for each way in which a file can be bad.
    except Exception as error:
        raise ModelError(
            f"The model directory {directory} is incomplete or damaged ({error}).",
            "Restore the directory, or write the model again.",
        ) from error
