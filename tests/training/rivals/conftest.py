"""What trainings of rivals need, in small."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.training.rivals.toys import write_beit, write_bert, write_shapes, write_vit


@dataclass(frozen=True)
class Given:
    """Folders: a data set of pictures, and three backbones."""

    shapes: Path
    bert: Path
    vit: Path
    beit: Path


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("rivals")
    write_bert(folder / "bert")
    write_vit(folder / "vit")
    write_beit(folder / "beit")
    return Given(write_shapes(folder / "shapes"), *(folder / n for n in ("bert", "vit", "beit")))
