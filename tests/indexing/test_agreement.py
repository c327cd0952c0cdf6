"""Folder, manifest and index compared."""

from __future__ import annotations

import os
from pathlib import Path

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.agreement import compare
from lsr_opensearch.indexing.annotations import Annotation
from lsr_opensearch.indexing.captions import sidecar_stamp
from lsr_opensearch.indexing.sources import FoundFile, SkippedFile


def found(path: bytes, size: int = 1) -> FoundFile:
    return FoundFile(b"/" + path, path, size, 1)


def entry(path: bytes, document_id: str = "id", problem: str = "") -> ManifestEntry:
    return ManifestEntry(path, 1, 1, "hash", "", document_id, problem)


def test_three_that_say_the_same_agree() -> None:
    assert compare("s", [found(b"a")], {b"a": entry(b"a")}, {"id"}).agrees


def test_a_file_without_entry_is_not_indexed() -> None:
    assert compare("s", [found(b"a")], {}, set()).not_indexed == ["a"]


def test_a_file_of_another_size_is_out_of_date() -> None:
    result = compare("s", [found(b"a", size=2)], {b"a": entry(b"a")}, {"id"})
    assert result.out_of_date == ["a"]


def test_an_entry_without_file_is_gone() -> None:
    assert compare("s", [], {b"a": entry(b"a")}, {"id"}).gone == ["a"]


def test_an_entry_without_document_is_lost() -> None:
    assert compare("s", [found(b"a")], {b"a": entry(b"a")}, set()).lost == ["a"]


def test_a_document_without_entry_is_stray() -> None:
    assert compare("s", [], {}, {"id"}).stray == ["id"]


def test_a_skipped_file_is_named_and_no_difference() -> None:
    result = compare("s", [found(b"a")], {b"a": entry(b"a", "", "damaged")}, set())
    assert result.skipped == {"a": "damaged"}
    assert result.agrees


def test_what_cannot_be_looked_at_is_skipped_and_not_gone() -> None:
    manifest = {path: entry(path) for path in (b"sub/a", b"b", b"subway")}
    unseen = [SkippedFile(b"sub", "no permission"), SkippedFile(b"b", "an error of the disk")]
    result = compare("s", unseen, manifest, {"id"})
    assert result.gone == ["subway"]
    assert result.skipped == {"sub": "no permission", "b": "an error of the disk"}


def test_a_sidecar_that_appeared_makes_its_picture_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a dog", encoding="utf-8")
    file = FoundFile(os.fsencode(tmp_path / "a.jpg"), b"a.jpg", 1, 1)
    assert compare("s", [file], {b"a.jpg": entry(b"a.jpg")}, {"id"}).out_of_date == ["a.jpg"]


def test_a_sidecar_that_is_gone_makes_its_picture_out_of_date() -> None:
    known = ManifestEntry(b"a", 1, 1, "hash", Annotation(sidecar="4:1:1").as_text(), "id")
    assert compare("s", [found(b"a")], {b"a": known}, {"id"}).out_of_date == ["a"]


def test_a_sidecar_as_it_was_indexed_is_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a dog", encoding="utf-8")
    path = os.fsencode(tmp_path / "a.jpg")
    annotation = Annotation(("a table's",), sidecar=sidecar_stamp(path)).as_text()
    known = ManifestEntry(b"a.jpg", 1, 1, "hash", annotation, "id")
    assert compare("s", [FoundFile(path, b"a.jpg", 1, 1)], {b"a.jpg": known}, {"id"}).agrees


def test_a_folder_out_of_reach_is_a_difference_and_nothing_is_called_gone() -> None:
    result = compare("s", None, {b"a": entry(b"a")}, {"id"}, "no such folder")
    assert not result.agrees
    assert result.gone == []
