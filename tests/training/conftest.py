"""A small planted data set, what a training on it needs, and a model that was trained on it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
from lsr_opensearch.datasets.planted.writing import write_planted
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.vocabulary import Vocabulary

EPOCHS = 15


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


@pytest.fixture(scope="session")
def model(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_once(tmp_path_factory, "d2s-model", lambda out: train(planted, out))


def trained_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, train: Callable[[Path], object]
) -> Path:
    """The model that ``train`` writes into a folder, for all processes that run tests."""
    shared = of_this_run(tmp_path_factory)
    out = shared / name
    with FileLock(shared / f"{name}.lock"):
        if not (out / "model.json").exists():
            train(out)
    return out


def of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one run of the tests share, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def train(planted: Path, out: Path) -> None:
    assert start_training(planted, out).wait() == 0


def start_training(planted: Path, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *training_command(planted, out)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def training_command(planted: Path, out: Path, epochs: int = EPOCHS) -> list[str | Path]:
    command = ["train", "d2s", "--data", planted, "--preset", "quick", "--batch", "128"]
    return [*command, "--epochs", str(epochs), "--out", out]


def logged(model: Path) -> list[dict[str, str]]:
    """The rows of a training's log."""
    with open(model / "training.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
