"""Mending an index while another process writes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from lsr_opensearch import PhotoIndex, open_index
from lsr_opensearch.engines.port import Index, StoredDocument
from lsr_opensearch.indexing.repairing import repair
from lsr_opensearch.photo_index import open_encoding_cache
from tests.conftest import draw_picture


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PhotoIndex]:
    with open_index(tmp_path / "index.sqlite") as opened:
        yield opened


@pytest.fixture
def album(index: PhotoIndex, tmp_path: Path) -> Path:
    """Two pictures, indexed."""
    folder = tmp_path / "album"
    folder.mkdir()
    for seed, name in enumerate("ab"):
        draw_picture(folder / f"{name}.png", seed=seed)
    index.add_folder(folder)
    return folder


class Interrupted:
    """An index with which something happens after its manifest was read, before its documents."""

    def __init__(self, index: Index, meanwhile: Callable[[], object]) -> None:
        self._index = index
        self._to_do = [meanwhile]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def stored(self, source: str) -> Iterator[StoredDocument]:
        while self._to_do:
            self._to_do.pop()()
        return self._index.stored(source)


def repaired(index: PhotoIndex, meanwhile: Callable[[], object]) -> list[str]:
    """What was done, where `meanwhile` happens in between."""
    told: list[str] = []
    with open_encoding_cache() as cache:
        repair(cast("Index", Interrupted(index.engine, meanwhile)), cache, told.append)
    return told


def test_a_file_that_another_process_indexes_meanwhile_keeps_its_document(
    index: PhotoIndex, album: Path
) -> None:
    draw_picture(album / "new.png", seed=7)
    told = repaired(index, lambda: index.add_folder(album))
    assert not [sentence for sentence in told if "deleted" in sentence]
    assert len(list(index.engine.document_ids("album"))) == 3


def test_a_file_that_appears_and_is_indexed_meanwhile_keeps_its_document(
    index: PhotoIndex, album: Path
) -> None:
    def meanwhile() -> None:
        draw_picture(album / "new.png", seed=7)
        index.add_folder(album)

    assert repaired(index, meanwhile) == []
    assert len(list(index.engine.document_ids("album"))) == 3
