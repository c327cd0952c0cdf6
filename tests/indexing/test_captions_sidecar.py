"""Captions in a text file beside the photo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions import read_sidecar, sidecar_stamp


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path / "photo.jpg")


@pytest.mark.parametrize("name", ["photo.jpg.txt", "photo.txt"])
def test_a_sidecar_is_found_under_both_names(tmp_path: Path, photo: bytes, name: str) -> None:
    (tmp_path / name).write_text("two dogs\n")
    assert read_sidecar(photo) == ("two dogs",)


def test_the_longer_name_goes_first(tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.txt").write_text("for any picture of that name")
    (tmp_path / "photo.jpg.txt").write_text("for this one")
    assert read_sidecar(photo) == ("for this one",)


def test_every_line_is_a_caption_and_comes_once(tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.txt").write_bytes(b"one\r\n\r\n  two \none\n")
    assert read_sidecar(photo) == ("one", "two")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_usual_encodings_are_read(tmp_path: Path, photo: bytes, encoding: str) -> None:
    (tmp_path / "photo.txt").write_text("ein Café im Frühling", encoding=encoding)
    assert read_sidecar(photo) == ("ein Café im Frühling",)


def test_without_a_sidecar_there_are_no_captions(photo: bytes) -> None:
    assert (read_sidecar(photo), sidecar_stamp(photo)) == ((), "")


def test_a_folder_of_that_name_is_no_sidecar(tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.txt").mkdir()
    assert (read_sidecar(photo), sidecar_stamp(photo)) == ((), "")


def test_a_name_that_is_not_utf8_has_its_sidecar(tmp_path: Path) -> None:
    photo = os.fsencode(tmp_path) + b"/\xff.jpg"
    with open(photo + b".txt", "wb") as file:
        file.write(b"dogs")
    assert read_sidecar(photo) == ("dogs",)


def test_a_large_text_file_is_refused(tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.txt").write_bytes(b"x" * 1_100_000)
    with pytest.raises(CaptionFileError, match=r"photo\.txt: larger than 1 MiB"):
        read_sidecar(photo)


def test_the_stamp_changes_when_the_sidecar_does(tmp_path: Path, photo: bytes) -> None:
    (tmp_path / "photo.txt").write_text("dogs")
    before = sidecar_stamp(photo)
    (tmp_path / "photo.txt").write_text("dogs and cats")
    assert sidecar_stamp(photo) != before


def test_the_stamp_changes_when_another_file_becomes_the_sidecar(
    tmp_path: Path, photo: bytes
) -> None:
    for name in ("photo.txt", "photo.jpg.txt"):
        (tmp_path / name).write_text("dogs")
        os.utime(tmp_path / name, ns=(0, 0))
    before = sidecar_stamp(photo)
    (tmp_path / "photo.jpg.txt").unlink()
    assert sidecar_stamp(photo) not in (before, "")
