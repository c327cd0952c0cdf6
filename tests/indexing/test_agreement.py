"""Folder, manifest and index compared."""

from __future__ import annotations

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.agreement import compare
from lsr_opensearch.indexing.sources import FoundFile


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


def test_a_folder_out_of_reach_is_a_difference_and_nothing_is_called_gone() -> None:
    result = compare("s", None, {b"a": entry(b"a")}, {"id"}, "no such folder")
    assert not result.agrees
    assert result.gone == []
