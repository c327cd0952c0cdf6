"""Which source a folder or file belongs to, and what a run may call gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lsr_opensearch.engines.port import ManifestEntry, SourceBinding
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.scope import Scope, bound_files, file_scopes, folder_scope
from lsr_opensearch.indexing.sources import SkippedFile
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


def test_an_empty_path_is_not_the_current_folder(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    with pytest.raises(SourceError, match="not a path"):
        folder_scope("", None, [])


def test_a_source_cannot_have_a_second_name(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    with pytest.raises(SourceError, match=r"is already the source 'pictures'\.") as caught:
        folder_scope(pictures, "second", [known])
    assert "lsr-os forget pictures" in caught.value.next_step


def test_part_of_a_source_cannot_be_a_source_of_another_name(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    with pytest.raises(SourceError, match="is already part of the source 'pictures'"):
        folder_scope(pictures / "pets", "pets", [known])


def test_a_source_may_be_called_by_its_name(pictures: Path) -> None:
    known = folder_scope(pictures, "mine", []).binding
    assert folder_scope(pictures / "pets", "mine", [known]).binding == known


def test_a_name_stands_for_one_folder(pictures: Path) -> None:
    known = folder_scope(pictures / "pets", "mine", []).binding
    with pytest.raises(SourceError, match="already stands for"):
        folder_scope(pictures, "mine", [known])


def test_a_machine_under_a_new_name_is_not_told_to_forget_its_folder(pictures: Path) -> None:
    known = folder_scope(pictures, None, [], "old name").binding
    with pytest.raises(SourceError) as caught:
        folder_scope(pictures, None, [known], "laptop")
    assert "LSR_OS_HOST='old name'" in caught.value.next_step
    assert "forget" not in caught.value.next_step
    with pytest.raises(SourceError, match="forget the other first"):
        folder_scope(pictures / "pets", "pictures", [known], "laptop")


def test_names_in_commands_are_quoted(pictures: Path) -> None:
    known = folder_scope(pictures, "my pictures", []).binding
    with pytest.raises(SourceError) as caught:
        folder_scope(pictures, "second", [known])
    assert "lsr-os forget 'my pictures'" in caught.value.next_step


def test_a_source_inside_a_folder_is_left_to_itself(pictures: Path) -> None:
    (pictures / "pets-2").mkdir()
    draw_picture(pictures / "pets-2" / "c.png")
    inner = folder_scope(pictures / "pets", None, []).binding
    scope = folder_scope(pictures, None, [inner])
    assert relative(scope) == [b"a.png", b"pets-2/c.png"]
    (note,) = scope.notes
    assert note.startswith("pets is the source 'pets' of its own")
    assert note.endswith(f"lsr-os index {pictures / 'pets'}")


def test_a_check_of_a_folder_leaves_a_source_inside_to_itself(pictures: Path) -> None:
    inner = folder_scope(pictures / "pets", None, []).binding
    outer = folder_scope(pictures, None, [inner]).binding
    things = bound_files(outer, [inner, outer])
    assert things is not None
    assert [thing.relative for thing in things] == [b"a.png"]


def test_a_check_of_a_folder_tells_what_cannot_be_looked_at(pictures: Path) -> None:
    (pictures / "broken.jpg").symlink_to("nowhere")
    things = bound_files(folder_scope(pictures, None, []).binding)
    assert things is not None
    skipped = [thing.relative for thing in things if isinstance(thing, SkippedFile)]
    assert skipped == [b"broken.jpg"]


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


def test_single_files_of_several_folders_are_one_source(pictures: Path) -> None:
    paths = [os.fsencode(pictures / name) for name in ("pets/b.png", "a.png")]
    (scope,) = file_scopes(paths, None, [])
    assert scope.binding == SourceBinding("pictures", "", pictures.as_uri())
    assert relative(scope) == [b"pets/b.png", b"a.png"]


def test_single_files_are_bound_to_the_deepest_folder_that_has_them_all(pictures: Path) -> None:
    (scope,) = file_scopes([os.fsencode(pictures / "pets" / "b.png")], "mine", [])
    assert scope.binding == SourceBinding("mine", "", (pictures / "pets").as_uri())


def test_single_files_of_known_sources_stay_there_and_the_others_are_one(pictures: Path) -> None:
    known = folder_scope(pictures / "pets", None, []).binding
    paths = [os.fsencode(pictures / name) for name in ("a.png", "pets/b.png")]
    inside, others = file_scopes(paths, None, [known])
    assert (inside.binding, relative(inside)) == (known, [b"b.png"])
    assert (others.binding.root, relative(others)) == (pictures.as_uri(), [b"a.png"])


def test_single_files_of_a_source_cannot_get_another_name(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    with pytest.raises(SourceError, match="the source 'pictures'"):
        file_scopes([os.fsencode(pictures / "a.png")], "second", [known])


def test_the_name_of_single_files_stands_for_one_folder(pictures: Path) -> None:
    known = folder_scope(pictures / "pets", "mine", []).binding
    with pytest.raises(SourceError, match="already stands for"):
        file_scopes([os.fsencode(pictures / "a.png")], "mine", [known])


def test_every_spelling_of_a_file_is_the_same_file(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    (pictures / "link").symlink_to("pets")
    (scope,) = file_scopes([b"pets/b.png", b"./pets/b.png", b"link/b.png"], None, [])
    assert relative(scope) == [b"b.png"]


def test_a_misspelled_file_does_not_make_the_source_larger(pictures: Path) -> None:
    paths = [os.fsencode(pictures / "pets" / "b.png"), b"/no-such-folder/c.png"]
    (scope,) = file_scopes(paths, None, [])
    assert (scope.binding.name, relative(scope)) == ("pets", [b"b.png"])
    assert [item.reason for item in scope.unreadable] == ["there is no such file"]


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
    with pytest.raises(SourceError, match="drive") as caught:
        folder_scope(folder, None, [known])
    assert "lsr-os forget gone" in caught.value.next_step


def test_a_part_that_is_gone_does_not_cost_the_whole_source(pictures: Path) -> None:
    known = folder_scope(pictures, None, []).binding
    with pytest.raises(SourceError, match="drive") as caught:
        folder_scope(pictures / "gone", None, [known])
    assert f"lsr-os index {pictures} --prune" in caught.value.next_step
    assert "forget" not in caught.value.next_step
