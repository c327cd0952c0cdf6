"""A checkpoint in the layout of transformers, loaded whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import CONFIG_FILE, check_weights, first_line, read_json
from lsr_opensearch.models.quiet import quiet_transformers

# A buffer that older versions of transformers wrote along: 0, 1, 2, ...
_NO_WEIGHT = "position_ids"
_SHOWN = 5


def load_pretrained(architecture: Any, folder: Path) -> Any:
    """The network of a folder, frozen, in full precision, every weight of it from the checkpoint.

    Args:
        architecture: the class of transformers.

    Raises:
        ModelError: the weights are pickled, missing, damaged, or of another network.
    """
    _check_architecture(architecture.__name__, folder)
    check_weights(folder)
    with quiet_transformers():
        try:
            network, found = architecture.from_pretrained(
                folder, use_safetensors=True, output_loading_info=True, local_files_only=True
            )
        # transformers, safetensors and torch each have errors of their own for what can be wrong.
        except Exception as error:
            raise ModelError(
                f"The dense model in {folder} cannot be loaded ({first_line(error)}).",
                f"Its weights must be those of the network that {CONFIG_FILE} describes: fetch "
                "both again.",
            ) from error
    check_names(folder, found["missing_keys"], found["unexpected_keys"])
    return network.float().eval().requires_grad_(False)


def check_names(folder: Path, missing: Iterable[str], unexpected: Iterable[str]) -> None:
    """That a checkpoint has the tensors of its network, and no others.

    Raises:
        ModelError: it has not; some are named.
    """
    lacking = sorted(missing)
    more = sorted(name for name in unexpected if not name.endswith(_NO_WEIGHT))
    if lacking or more:
        said = [f"lacks {_some(lacking)}"] * bool(lacking)
        said += [f"has {_some(more)}, which the network has not"] * bool(more)
        raise ModelError(
            f"The checkpoint in {folder} {' and '.join(said)}.",
            "It is of another network, or of part of one: fetch the whole model again.",
        )


def _check_architecture(name: str, folder: Path) -> None:
    given = read_json(folder / CONFIG_FILE).get("architectures") or [name]
    if name not in given:
        raise ModelError(
            f"{folder} holds a model of the architecture {', '.join(map(str, given))}, and not "
            f"{name}.",
            "Retrieval needs the checkpoint with both projections, such as "
            "Salesforce/blip-itm-base-coco or openai/clip-vit-base-patch32.",
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
