"""A small planted data set, and what a training on it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
from lsr_opensearch.datasets.planted.writing import write_planted
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.vocabulary import Vocabulary


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Several test processes share the cores; and the same threads make the same sums."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("planted") / "planted"
    settings = PlantedSettings(vocabulary=1000)
    write_planted(out, sizes=Sizes(1000, 60, 100), settings=settings, seed=1)
    return out


@pytest.fixture(scope="session")
def vocabulary(planted: Path) -> Vocabulary:
    return Vocabulary(planted / "dense_model" / "tokenizer.json")


@pytest.fixture(scope="session")
def splits(planted: Path, vocabulary: Vocabulary) -> tuple[Examples, Examples]:
    """Those of train and of val."""
    dataset = read_dataset(planted)
    train, val = (Examples.of(dataset.split(name), vocabulary) for name in ("train", "val"))
    return train, val
