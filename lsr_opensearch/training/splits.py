"""The two splits that a training needs."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from lsr_opensearch.datasets.dataset import TRAIN, VAL, Dataset
from lsr_opensearch.errors import TrainingError

AnyDataset = TypeVar("AnyDataset", bound=Dataset)


def train_and_val(dataset: AnyDataset, where: Path) -> tuple[AnyDataset, AnyDataset]:
    """What is learned from, and what the best model is chosen by.

    Args:
        where: it lies, for the message.

    Raises:
        TrainingError: one of them has no picture.
    """
    if lacking := dataset.lacks(TRAIN, VAL):
        raise TrainingError(
            f"{where} has no picture in the split {' nor in '.join(map(repr, lacking))}, and "
            "training needs both 'train' and 'val'.",
            "Say in a split file which picture goes where (lsr-os data encode FOLDER --split-file "
            "FILE); or take more pictures: without such a file, one of ten goes to 'val'.",
        )
    return dataset.split(TRAIN), dataset.split(VAL)
