"""Which source a folder or file belongs to, and what a run may call gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lsr_opensearch.engines.port import ManifestEntry, SourceBinding
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.scope import Scope, file_scopes, folder_scope
from tests.conftest import draw_picture


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "pets").mkdir(parents=True)
    draw_picture(folder / "a.png")
    draw_picture(folder / "pets" / "b.png")
    return folder


def relative(scope: Scope) -> list[bytes]:
    return [file.relative for file in scope.found]


def entry(path: bytes) -> ManifestEntry:
    return ManifestEntry(path, 1, 1, "hash", "", "id")


def test_a_folder_is_a_source_named_like_it(pictures: Path) -> None:
    scope = folder_scope(pictures, None, [])
    assert scope.binding == SourceBinding("pictures", "", pictures.as_uri())
    assert relative(scope) == [b"a.png", b"pets/b.png"]


def test_every_spelling_of_a_folder_is_the_same_source(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures.parent)
    spellings = ["pictures", "./pictures/", "pictures/pets/..", str(pictures)]
    assert {folder_scope(spelling, None, []).binding.root for spelling in spellings} == {
        pictures.as_uri()
    }


def test_a_folder_inside_a_known_source_is_part_of_it(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    scope = folder_scope(pictures / "pets", None, [known])
    assert scope.binding == known
    assert relative(scope) == [b"pets/b.png"]


def test_part_of_a_source_says_nothing_of_the_rest(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    scope = folder_scope(pictures / "pets", None, [known])
    manifest = {path: entry(path) for path in (b"a.png", b"pets/gone.png", b"petshop.png")}
    assert scope.covered(manifest).keys() == {b"pets/gone.png"}


def test_a_folder_beside_a_source_of_a_longer_name_is_another(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    beside = pictures.parent / "pictures-2"
    beside.mkdir()
    assert folder_scope(beside, None, [known]).binding.name == "pictures-2"


def test_single_files_of_a_known_source_stay_in_it(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    (scope,) = file_scopes([os.fsencode(pictures / "pets" / "b.png")], None, [known])
    assert scope.binding == known
    assert relative(scope) == [b"pets/b.png"]


def test_naming_single_files_says_nothing_of_others(pictures: Path) -> None:
    (scope,) = file_scopes([os.fsencode(pictures / "a.png")], None, [])
    manifest = {path: entry(path) for path in (b"a.png", b"gone.png")}
    assert scope.covered(manifest).keys() == {b"a.png"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_what_lies_in_an_unreadable_folder_is_not_gone(pictures: Path) -> None:
    (pictures / "pets").chmod(0)
    scope = folder_scope(pictures, None, [])
    (pictures / "pets").chmod(0o700)
    assert scope.covered({b"pets/b.png": entry(b"pets/b.png")}) == {}


def test_a_known_folder_that_is_gone_is_suspected_to_be_unmounted(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    known = SourceBinding("gone", "", folder.as_uri())
    with pytest.raises(SourceError, match="drive"):
        folder_scope(folder, None, [known])
