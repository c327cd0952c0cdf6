"""A folder brought up to date again and again: captions, moves, interruptions, odd files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsr_opensearch import PhotoIndex, open_index
from lsr_opensearch.indexing.annotations import parse_annotation
from lsr_opensearch.indexing.captions import CaptionTable, read_captions
from lsr_opensearch.indexing.captions.table import TableBuilder
from lsr_opensearch.indexing.documents import schema_for
from lsr_opensearch.indexing.plan import Task
from lsr_opensearch.indexing.reading import FileEncoder, _modified_at
from lsr_opensearch.indexing.scope import file_scopes
from lsr_opensearch.indexing.sources import FoundFile
from lsr_opensearch.indexing.sync import SyncOptions, sync
from lsr_opensearch.photo_index import open_encoding_cache
from tests.conftest import HEIC_HEADER, draw_picture

NAMES = ("a.png", "b.png", "c.png")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PhotoIndex]:
    with open_index(tmp_path / "index.sqlite") as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed, name in enumerate(NAMES):
        draw_picture(folder / name, seed=seed)
    return folder


def table(**captions: str) -> CaptionTable:
    """A table with a caption for ``a.png`` for each ``a="..."``."""
    builder = TableBuilder("captions.csv")
    for number, (name, caption) in enumerate(captions.items(), start=1):
        builder.add(f"line {number}", f"{name}.png", [caption], {"place": "Wien"})
    return builder.build()


def captions_in(index: PhotoIndex, path: bytes, source: str = "pictures") -> tuple[str, ...]:
    """What the document of a file has, having checked that the manifest says the same."""
    entry = index.engine.manifest(source)[path]
    document = index.engine.fetch([entry.document_id])[entry.document_id]
    said = parse_annotation(entry.annotation)
    assert document.metadata["captions"] == list(said.captions)
    assert document.metadata.get("extra", {}) == said.extra
    return said.captions


def move_all(folder: Path) -> None:
    (folder / "new").mkdir()
    for name in NAMES:
        (folder / name).rename(folder / "new" / name)


def interrupt_at_the_end(done: int, total: int) -> None:
    if total and done == total:
        raise KeyboardInterrupt


# Captions of earlier tables


def test_a_picture_that_moves_keeps_the_captions_of_its_table(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "a.png").rename(pictures / "renamed.png")
    assert index.add_folder(pictures).moved == 1
    assert captions_in(index, b"renamed.png") == ("a dog",)


def test_captions_stay_where_a_part_of_the_folder_is_looked_at_before_the_rest(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "b").mkdir()
    (pictures / "a.png").rename(pictures / "b" / "a.png")
    index.add_folder(pictures / "b")
    report = index.add_folder(pictures)
    assert (report.unchanged, report.new) == (3, 0)
    assert captions_in(index, b"b/a.png") == ("a dog",)


def test_a_copy_in_another_part_of_the_folder_takes_no_captions(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "b").mkdir()
    shutil.copy(pictures / "a.png", pictures / "b" / "a.png")
    index.add_folder(pictures / "b")
    assert captions_in(index, b"b/a.png") == ()


def test_a_picture_that_moved_is_unchanged_in_the_next_run(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "a.png").rename(pictures / "renamed.png")
    index.add_folder(pictures)
    assert index.add_folder(pictures).unchanged == 3


def test_the_sidecar_of_the_old_place_does_not_move_along(
    index: PhotoIndex, pictures: Path
) -> None:
    (pictures / "a.txt").write_text("beside it", encoding="utf-8")
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "a.png").rename(pictures / "renamed.png")
    index.add_folder(pictures)
    assert captions_in(index, b"renamed.png") == ("a dog",)


def test_a_copy_does_not_take_the_captions_of_a_picture_that_is_still_there(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    shutil.copy(pictures / "a.png", pictures / "copy.png")
    index.add_folder(pictures)
    assert captions_in(index, b"copy.png") == ()


def test_a_table_speaks_for_the_pictures_that_moved_too(index: PhotoIndex, pictures: Path) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "a.png").rename(pictures / "renamed.png")
    index.add_folder(pictures, captions=[table(b="a cat")])
    assert captions_in(index, b"renamed.png") == ()


def test_a_row_that_left_the_table_leaves_the_index(index: PhotoIndex, pictures: Path) -> None:
    index.add_folder(pictures, captions=[table(a="a dog", b="a cat")])
    report = index.add_folder(pictures, captions=[table(b="a cat", c="a dog")])
    assert [captions_in(index, name.encode()) for name in NAMES] == [(), ("a cat",), ("a dog",)]
    assert report.notes == ["1 picture had captions from an earlier table, which are replaced."]


def test_the_same_table_again_replaces_nothing(index: PhotoIndex, pictures: Path) -> None:
    index.add_folder(pictures, captions=[table(a="a dog")])
    report = index.add_folder(pictures, captions=[table(a="a dog")])
    assert (report.unchanged, report.notes) == (3, [])


def test_a_table_of_a_subfolder_is_read_from_there(index: PhotoIndex, pictures: Path) -> None:
    for folder in ("x", "y"):
        (pictures / "sub" / folder).mkdir(parents=True)
        draw_picture(pictures / "sub" / folder / "a.png", seed=len(os.listdir(pictures)))
    index.add_folder(pictures)
    builder = TableBuilder("captions.csv")
    builder.add("line 1", "x/a.png", ["in x"])
    builder.add("line 2", "y/a.png", ["in y"])
    report = index.add_folder(pictures / "sub", captions=[builder.build()])
    assert captions_in(index, b"sub/x/a.png") == ("in x",)
    assert captions_in(index, b"sub/y/a.png") == ("in y",)
    assert report.notes == []


def test_rows_of_other_files_are_no_note_where_single_files_were_named(
    index: PhotoIndex, pictures: Path
) -> None:
    (scope,) = file_scopes([os.fsencode(pictures / "a.png")], None, [])
    with open_encoding_cache() as cache:
        options = SyncOptions(tables=[table(a="a dog", b="a cat")])
        report = sync(index.engine, index.encoder, cache, scope, options)
    assert report.notes == []


# Moves and removals


def test_moves_whose_end_was_interrupted_are_ended_by_the_next_run(
    index: PhotoIndex, pictures: Path
) -> None:
    index.add_folder(pictures)
    move_all(pictures)
    with pytest.raises(KeyboardInterrupt):
        index.add_folder(pictures, on_progress=interrupt_at_the_end)
    assert len(index.engine.manifest("pictures")) == 6
    preview = index.add_folder(pictures, dry_run=True)
    report = index.add_folder(pictures)
    assert (preview.removed, preview.kept_gone) == (3, 0)
    assert (report.removed, report.kept_gone, report.unchanged) == (3, 0, 3)
    assert sorted(index.engine.manifest("pictures")) == [b"new/a.png", b"new/b.png", b"new/c.png"]
    assert len(list(index.engine.document_ids())) == 3


@pytest.mark.parametrize("dry_run", [True, False])
def test_copies_that_become_one_file_are_moved_once_and_removed_once(
    index: PhotoIndex, pictures: Path, dry_run: bool
) -> None:
    shutil.copy(pictures / "a.png", pictures / "copy.png")
    index.add_folder(pictures)
    (pictures / "a.png").rename(pictures / "one.png")
    (pictures / "copy.png").unlink()
    draw_picture(pictures / "another.png", seed=9)
    report = index.add_folder(pictures, dry_run=dry_run)
    assert (report.moved, report.removed, report.new) == (1, 1, 1)


def test_a_skipped_file_that_is_gone_is_no_reason_to_ask(index: PhotoIndex, pictures: Path) -> None:
    (pictures / "notes.jpg").write_text("no picture", encoding="utf-8")
    assert len(index.add_folder(pictures).skipped) == 1
    (pictures / "notes.jpg").unlink()
    report = index.add_folder(pictures)
    assert (report.kept_gone, report.removed, report.complete) == (0, 0, True)
    assert b"notes.jpg" not in index.engine.manifest("pictures")


def test_a_picture_whose_extra_is_not_installed_any_more_stays(
    index: PhotoIndex, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    index.add_folder(pictures, captions=[table(a="a dog")])
    (pictures / "a.png").write_bytes(HEIC_HEADER)
    for _ in range(2):
        (skipped,) = index.add_folder(pictures).skipped
        assert "[heif]" in skipped.reason
    assert captions_in(index, b"a.png") == ("a dog",)


def test_a_new_picture_whose_extra_is_not_installed_is_read_when_it_is(
    index: PhotoIndex, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    picture = (pictures / "a.png").read_bytes()
    (pictures / "a.png").write_bytes(HEIC_HEADER)
    index.add_folder(pictures)
    assert "[heif]" in index.engine.manifest("pictures")[b"a.png"].problem
    (pictures / "a.png").write_bytes(picture)
    assert index.add_folder(pictures).skipped == []


# Sources


def test_a_folder_without_pictures_becomes_no_source(index: PhotoIndex, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    index.add_folder(tmp_path / "empty")
    assert index.sources() == []


def test_a_known_folder_that_was_emptied_stays_a_source(index: PhotoIndex, pictures: Path) -> None:
    index.add_folder(pictures)
    for name in NAMES:
        (pictures / name).unlink()
    assert index.add_folder(pictures, prune=True).removed == 3
    assert [binding.name for binding in index.sources()] == ["pictures"]


def test_a_source_inside_a_folder_is_not_indexed_twice(index: PhotoIndex, pictures: Path) -> None:
    (pictures / "sub").mkdir()
    (pictures / "a.png").rename(pictures / "sub" / "a.png")
    index.add_folder(pictures / "sub")
    report = index.add_folder(pictures)
    assert report.new == 2
    assert ["the source 'sub' of its own" in note for note in report.notes] == [True]


# Odd captions and files


def test_metadata_with_half_a_character_is_indexed(index: PhotoIndex, pictures: Path) -> None:
    rows = pictures / "captions.jsonl"
    rows.write_text(r'{"file": "a.png", "caption": "my mug", "note": "cut \ud83d"}')
    report = index.add_folder(pictures, captions=[read_captions(rows)])
    assert report.new == 3
    assert captions_in(index, b"a.png") == ("my mug",)
    assert ["half a character" in note for note in report.notes] == [True]


@pytest.mark.parametrize("year", [-3000, 1960, 2400, 10_000])
def test_a_file_of_an_odd_time_is_indexed(index: PhotoIndex, pictures: Path, year: int) -> None:
    seconds = (year - 1970) * 31_556_952
    os.utime(pictures / "a.png", (seconds, seconds))
    report = index.add_folder(pictures)
    assert (report.new, report.skipped) == (3, [])


def test_a_time_that_no_calendar_has_is_left_out() -> None:
    assert [_modified_at(seconds * 10**9) for seconds in (-(10**12), 10**12)] == [{}, {}]
    assert _modified_at(-(10**9)) == {"modified_at": "1969-12-31T23:59:59"}


def test_whatever_is_wrong_with_one_file_touches_no_other(pictures: Path) -> None:
    broken, fine = (
        Task(FoundFile(os.fsencode(pictures / name), name.encode(), 1, 1), annotation, is_new=True)
        for name, annotation in (("a.png", "{no annotation"), ("b.png", ""))
    )
    with open_encoding_cache() as cache, open_index(pictures / "i.sqlite") as index:
        schema = schema_for(index.encoder)
        first, second = FileEncoder("s", schema, index.encoder, cache, {}).encode([broken, fine])
    assert "JSONDecodeError" in first.problem
    assert second.document is not None
