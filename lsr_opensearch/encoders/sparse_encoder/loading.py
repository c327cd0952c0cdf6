"""A saved SparseEncoder, ready to run. This is where sentence-transformers is imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import MissingExtraError, ModelError
from lsr_opensearch.models.checkpoint import first_line
from lsr_opensearch.models.quiet import quiet_transformers

# The models whose own Python code may run, as they are given to ``--model``, with commas between.
TRUST_VARIABLE = "LSR_OS_TRUST_CODE_OF"

ON_THE_PROCESSOR = "Leave it to the processor: set CUDA_VISIBLE_DEVICES to an empty text."

# Older ones run the code of a model in a local folder without being told to.
_OLDEST = 6


def load(directory: Path, asked_for: str) -> Any:
    """The SparseEncoder of a folder. Nothing is fetched, and no pickle is read.

    Args:
        asked_for: what the user calls the model.

    Raises:
        MissingExtraError: sentence-transformers is not installed, or too old.
        ModelError: the model cannot be loaded, or brings code that nobody has trusted; or the
            memory of the GPU is too small for it.
    """
    try:
        import sentence_transformers
    except ImportError:
        raise _missing() from None
    if int(sentence_transformers.__version__.partition(".")[0]) < _OLDEST:
        raise _missing()
    from lsr_opensearch.device import gpu_memory

    is_trusted = asked_for in os.environ.get(TRUST_VARIABLE, "").split(",")
    try:
        with (
            quiet_transformers(),
            gpu_memory(f"the model in {directory}", ON_THE_PROCESSOR, ModelError),
        ):
            return sentence_transformers.SparseEncoder(
                str(directory),
                trust_remote_code=is_trusted,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
    except ModelError:
        raise
    # sentence-transformers and transformers have no class of their own for a bad model.
    except Exception as error:
        if "trust_remote_code" in str(error):
            raise _untrusted(directory, asked_for) from error
        raise ModelError(
            f"The model in {directory} cannot be loaded ({first_line(error)}).",
            "Restore the folder; of a model from the hub: hf download OWNER/NAME",
        ) from error


def _missing() -> MissingExtraError:
    return MissingExtraError("Running a SparseEncoder", "sentence-transformers")


def _untrusted(directory: Path, asked_for: str) -> ModelError:
    return ModelError(
        f"The model {asked_for!r} brings Python code of its own, which is not run unasked.",
        f"Read the *.py files in {directory}; if you trust them, set "
        f"{TRUST_VARIABLE}='{asked_for}' and run the same command again.",
    )
