"""Which row of a caption file speaks of which picture."""

from __future__ import annotations

import unicodedata

import pytest

from lsr_opensearch.indexing.captions import CaptionTable
from lsr_opensearch.indexing.captions.table import TableBuilder


def table(*rows: tuple[str, str]) -> CaptionTable:
    builder = TableBuilder("captions.csv")
    for number, (file, caption) in enumerate(rows, start=1):
        builder.add(f"line {number}", file, [caption])
    return builder.build()


def found(captions: CaptionTable, relative: bytes) -> tuple[str, ...] | None:
    row = captions.find(relative)
    return None if row is None else row.captions


def test_the_relative_path_goes_before_the_bare_name() -> None:
    captions = table(("a.jpg", "at the top"), ("sub/a.jpg", "below"))
    assert found(captions, b"sub/a.jpg") == ("below",)


def test_a_bare_name_finds_a_file_in_any_folder() -> None:
    assert found(table(("a.jpg", "dogs")), b"deep/down/a.jpg") == ("dogs",)


def test_a_path_from_elsewhere_is_found_by_its_bare_name() -> None:
    assert found(table(("/data/photos/a.jpg", "dogs")), b"mine/a.jpg") == ("dogs",)


def test_a_bare_name_that_two_rows_have_is_not_guessed_at() -> None:
    assert found(table(("x/a.jpg", "one"), ("y/a.jpg", "two")), b"z/a.jpg") is None


@pytest.mark.parametrize("written", ["./sub/a.jpg", " sub/a.jpg ", "././/sub/a.jpg"])
def test_a_path_may_be_written_in_more_than_one_way(written: str) -> None:
    assert found(table((written, "dogs")), b"sub/a.jpg") == ("dogs",)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_match_however_they_are_composed(form: str) -> None:
    written = unicodedata.normalize("NFC" if form == "NFD" else "NFD", "Größe.jpg")
    relative = unicodedata.normalize(form, "Größe.jpg").encode()  # type: ignore[arg-type]
    assert found(table((written, "size")), relative) == ("size",)


def test_a_file_name_that_is_not_utf8_simply_has_no_row() -> None:
    assert found(table(("a.jpg", "dogs")), b"\xff.jpg") is None


def test_rows_of_the_same_file_are_put_together() -> None:
    captions = table(("a.jpg", "one"), ("a.jpg", "two"), ("a.jpg", "one"))
    assert found(captions, b"a.jpg") == ("one", "two")


def test_an_exact_duplicate_is_reported() -> None:
    captions = table(("a.jpg", "one"), ("a.jpg", "one"))
    assert captions.problems == ("line 2: a.jpg has this caption already: 'one'.",)


def test_of_extra_values_the_first_stays() -> None:
    builder = TableBuilder("captions.csv")
    builder.add("line 1", "a.jpg", ["one"], {"album": "Norway"})
    builder.add("line 2", "a.jpg", ["two"], {"album": "Sweden", "stars": "5"})
    row = builder.build().find(b"a.jpg")
    assert row is not None
    assert row.extra == {"album": "Norway", "stars": "5"}


def test_rows_that_fit_no_file_are_told() -> None:
    captions = table(("a.jpg", "x"), ("gone.jpg", "y"), ("sub/b.jpg", "z"))
    assert captions.unused([b"deep/a.jpg", b"sub/b.jpg"]) == (b"gone.jpg",)


def test_one_row_is_never_given_to_several_files() -> None:
    files = [b"2023/DSC_0001.jpg", b"2024/DSC_0001.jpg"]
    captions = table(("DSC_0001.jpg", "a dog")).for_files(files)
    assert [found(captions, file) for file in files] == [None, None]


def test_a_row_that_fits_several_files_is_reported_once() -> None:
    files = [b"2023/DSC_0001.jpg", b"2024/DSC_0001.jpg"]
    captions = table(("DSC_0001.jpg", "a dog")).for_files(files)
    assert len(captions.problems) == 1
    assert "fits 2 files (2023/DSC_0001.jpg, 2024/DSC_0001.jpg)" in captions.problems[0]
    assert captions.unused(files) == ()


def test_the_file_whose_path_is_written_gets_the_row_whatever_others_are_called() -> None:
    files = [b"a.jpg", b"backup/a.jpg", b"old/a.jpg"]
    captions = table(("a.jpg", "a dog")).for_files(files)
    assert [found(captions, file) for file in files] == [("a dog",), None, None]


def test_a_row_that_is_a_files_whole_path_is_nobody_elses() -> None:
    files = [b"a.jpg", b"backup/a.jpg"]
    captions = table(("a.jpg", "a dog")).for_files(files)
    assert [found(captions, file) for file in files] == [("a dog",), None]


def test_a_row_with_a_file_of_its_own_is_no_problem() -> None:
    files = [b"a.jpg", b"backup/a.jpg", b"old/a.jpg"]
    captions = table(("a.jpg", "a dog")).for_files(files)
    assert (captions.problems, captions.unused(files)) == ((), ())


def test_a_row_with_folders_that_is_a_files_whole_path_is_nobody_elses() -> None:
    files = [b"2023/a.jpg", b"2024/a.jpg"]
    captions = table(("2023/a.jpg", "a dog")).for_files(files)
    assert [found(captions, file) for file in files] == [("a dog",), None]


def test_a_path_may_start_at_the_indexed_folder() -> None:
    captions = table(("x/a.jpg", "one"), ("y/a.jpg", "two")).for_files([b"sub/x/a.jpg"], b"sub/")
    assert found(captions, b"sub/x/a.jpg") == ("one",)


def test_a_path_may_start_at_the_root_of_the_source() -> None:
    captions = table(("sub/a.jpg", "one"), ("b/a.jpg", "two")).for_files([b"sub/a.jpg"], b"sub/")
    assert found(captions, b"sub/a.jpg") == ("one",)


def test_the_path_below_the_indexed_folder_goes_first() -> None:
    captions = table(("sub/a.jpg", "root"), ("a.jpg", "here")).for_files([b"sub/a.jpg"], b"sub/")
    assert found(captions, b"sub/a.jpg") == ("here",)


def test_rows_that_start_at_the_indexed_folder_are_used() -> None:
    files = [b"sub/x/a.jpg"]
    captions = table(("x/a.jpg", "one"), ("y/a.jpg", "two")).for_files(files, b"sub/")
    assert captions.unused(files) == (b"y/a.jpg",)


def test_files_with_names_of_their_own_keep_their_rows() -> None:
    captions = table(("a.jpg", "x"), ("b.jpg", "y")).for_files([b"1/a.jpg", b"2/a.jpg", b"1/b.jpg"])
    assert found(captions, b"1/b.jpg") == ("y",)


def test_the_length_is_the_number_of_files() -> None:
    assert len(table(("a.jpg", "one"), ("a.jpg", "two"), ("b.jpg", "x"))) == 2
