"""What a training needs to go on after a kill, in one file that is replaced as a whole."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from lsr_opensearch.errors import TrainingError
from lsr_opensearch.models.description import FILE_NAME
from lsr_opensearch.new_folder import check_new
from lsr_opensearch.training.origin import Origin, is_same_start

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHECKPOINT_FILE = "checkpoint.safetensors"
_NEW_FILE = "checkpoint.new"
_MODEL, _BEST, _OPTIMISER, _START = "model/", "best/", "optimiser/", "start/"


@dataclass(frozen=True)
class Training:
    """What makes two trainings one: a checkpoint of another is not gone on with."""

    settings: DataclassInstance
    origin: Origin


@dataclass(frozen=True)
class Progress:
    """How far a training is, apart from its tensors.

    Attributes:
        epochs: that are done.
        rows: of the log, one an epoch.
        best: validation R@1 of the best model so far; -1 before the first.
        best_epoch: the epoch, from 1, after which it was that.
        seconds: of training so far, over all runs.
    """

    epochs: int = 0
    rows: tuple[dict[str, float], ...] = ()
    best: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0


def check_out(out: Path) -> None:
    """Make sure that a training can begin in a folder, or go on in it.

    Raises:
        TrainingError: a finished model lies there.
        UsageError: the folder cannot be made, or holds something else.
    """
    if (out / FILE_NAME).exists():
        raise TrainingError(f"{out} is a finished model already.", "Name another folder: --out DIR")
    check_new(out, begun=(CHECKPOINT_FILE, _NEW_FILE))


def save(
    path: Path,
    model: nn.Module,
    best: dict[str, Tensor],
    optimiser: Optimizer,
    progress: Progress,
    training: Training,
) -> None:
    """Replace the checkpoint; whoever is killed meanwhile finds the one before."""
    tensors = {
        **{_MODEL + name: value for name, value in model.state_dict().items()},
        **{_BEST + name: value for name, value in best.items()},
        **{
            f"{_OPTIMISER}{number}/{name}": value
            for number, state in optimiser.state_dict()["state"].items()
            for name, value in state.items()
        },
        **{_START + name: value for name, value in training.origin.start.items()},
    }
    about = {
        "progress": json.dumps(asdict(progress)),
        "settings": json.dumps(asdict(training.settings)),
        "data": training.origin.data,
    }
    beside = path.with_name(_NEW_FILE)
    save_file(
        {name: value.detach().cpu().clone() for name, value in tensors.items()}, beside, about
    )
    with open(beside, "rb") as written:
        os.fsync(written.fileno())
    os.replace(beside, path)


def load(
    path: Path, model: nn.Module, optimiser: Optimizer, training: Training
) -> tuple[Progress, dict[str, Tensor]]:
    """Bring model and optimiser to where they were; also gives the best model so far.

    Raises:
        TrainingError: the file is damaged, or of a training with other settings, of other data or
            from other weights.
    """
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        kept = json.loads(about["progress"])
        given, data = json.loads(about["settings"]), about["data"]
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"The checkpoint {path} cannot be read ({error}).",
            "Delete it to begin anew.",
        ) from error
    other = {name: (given.get(name), value) for name, value in asdict(training.settings).items()}
    other = {name: pair for name, pair in other.items() if pair[0] != pair[1]}
    if other:
        said = ", ".join(f"{name} {was!r} and now {now!r}" for name, (was, now) in other.items())
        raise TrainingError(
            f"{path.parent} holds a training that was begun with other settings: {said}.",
            "Go on with those, or name another folder: --out DIR",
        )
    is_same = {
        "other data": data == training.origin.data,
        "other weights to start from": is_same_start(
            _under(tensors, _START), training.origin.start
        ),
    }
    if not all(is_same.values()):
        strange = " and ".join(what for what, same in is_same.items() if not same)
        raise TrainingError(
            f"{path.parent} holds a training that was begun with {strange}.",
            "Go on with what it was begun with, or name another folder: --out DIR",
        )
    model.load_state_dict(_under(tensors, _MODEL))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _under(tensors, _OPTIMISER).items():
        number, _, entry = name.partition("/")
        state.setdefault(int(number), {})[entry] = value
    groups: dict[str, Any] = optimiser.state_dict()
    optimiser.load_state_dict({**groups, "state": state})
    return Progress(**(kept | {"rows": tuple(kept["rows"])})), _under(tensors, _BEST)


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
