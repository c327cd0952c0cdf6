"""Small dense models, saved once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lsr_opensearch.dense.albef_checkpoint import convert_albef
from tests.dense.toys import albef_words, blip_folder, clip_folder, published_albef


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Several test processes share the cores; and the same threads make the same sums."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def blip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return blip_folder(tmp_path_factory.mktemp("blip"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_folder(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def albef(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("albef")
    words = albef_words(place / "bert")
    convert_albef(published_albef(place / "albef.pth"), words, place / "model")
    return place / "model"
