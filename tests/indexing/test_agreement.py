"""Folder, manifest and index compared."""

from __future__ import annotations

import os
from pathlib import Path

from lsr_opensearch.engines.port import ManifestEntry, StoredDocument
from lsr_opensearch.indexing.agreement import Agreement, compare
from lsr_opensearch.indexing.annotations import Annotation
from lsr_opensearch.indexing.captions import sidecar_stamp
from lsr_opensearch.indexing.sources import FoundFile, SkippedFile, document_id


def found(path: bytes, size: int = 1) -> FoundFile:
    return FoundFile(b"/" + path, path, size, 1)


def entry(path: bytes, document_id: str = "id", problem: str = "") -> ManifestEntry:
    return ManifestEntry(path, 1, 1, "hash", "", document_id, problem)


def stored(*entries: ManifestEntry) -> list[StoredDocument]:
    return [StoredDocument(entry.document_id, entry) for entry in entries]


def test_three_that_say_the_same_agree() -> None:
    assert compare("s", [found(b"a")], {b"a": entry(b"a")}, stored(entry(b"a"))).agrees


def test_a_file_without_entry_is_not_indexed() -> None:
    assert compare("s", [found(b"a")], {}, []).not_indexed == ["a"]


def test_a_file_of_another_size_is_out_of_date() -> None:
    result = compare("s", [found(b"a", size=2)], {b"a": entry(b"a")}, stored(entry(b"a")))
    assert result.out_of_date == ["a"]


def test_an_entry_without_file_is_gone() -> None:
    assert compare("s", [], {b"a": entry(b"a")}, stored(entry(b"a"))).gone == ["a"]


def test_an_entry_without_document_is_lost() -> None:
    assert compare("s", [found(b"a")], {b"a": entry(b"a")}, []).lost == ["a"]


def test_a_document_without_its_words_differs_and_is_indexed_again() -> None:
    bare = StoredDocument("id", entry(b"a"), has_its_terms=False)
    result = compare("s", [found(b"a")], {b"a": entry(b"a")}, [bare])
    assert (result.words_differ, result.differs) == (["a"], [])
    assert result.again.keys() == {b"a"}
    assert not result.agrees


def test_an_item_without_its_words_is_named_by_its_id() -> None:
    result = compare("s", None, {}, [StoredDocument("id", None, has_its_terms=False)])
    assert result.words_differ == ["id"]
    assert not result.agrees


def test_a_document_without_entry_is_stray() -> None:
    assert compare("s", [], {}, [StoredDocument("id", None)]).stray == ["id"]


def test_a_document_of_a_file_that_is_being_indexed_is_not_stray() -> None:
    result = compare("s", [found(b"a")], {}, [StoredDocument(document_id("s", b"a"), None)])
    assert (result.not_indexed, result.stray) == (["a"], [])


def test_a_skipped_file_is_named_and_no_difference() -> None:
    result = compare("s", [found(b"a")], {b"a": entry(b"a", "", "damaged")}, [])
    assert result.skipped == {"a": "damaged"}
    assert result.agrees


def test_what_cannot_be_looked_at_is_skipped_and_not_gone() -> None:
    manifest = {path: entry(path) for path in (b"sub/a", b"b", b"subway")}
    unseen = [SkippedFile(b"sub", "no permission"), SkippedFile(b"b", "an error of the disk")]
    result = compare("s", unseen, manifest, stored(entry(b"b")))
    assert result.gone == ["subway"]
    assert result.skipped == {"sub": "no permission", "b": "an error of the disk"}


def test_a_sidecar_that_appeared_makes_its_picture_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a dog", encoding="utf-8")
    file = FoundFile(os.fsencode(tmp_path / "a.jpg"), b"a.jpg", 1, 1)
    assert compare(
        "s", [file], {b"a.jpg": entry(b"a.jpg")}, stored(entry(b"a.jpg"))
    ).out_of_date == ["a.jpg"]


def test_a_sidecar_that_is_gone_makes_its_picture_out_of_date() -> None:
    known = ManifestEntry(b"a", 1, 1, "hash", Annotation(sidecar="4:1:1").as_text(), "id")
    assert compare("s", [found(b"a")], {b"a": known}, stored(known)).out_of_date == ["a"]


def test_a_sidecar_as_it_was_indexed_is_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a dog", encoding="utf-8")
    path = os.fsencode(tmp_path / "a.jpg")
    annotation = Annotation(("a table's",), sidecar=sidecar_stamp(path)).as_text()
    known = ManifestEntry(b"a.jpg", 1, 1, "hash", annotation, "id")
    assert compare("s", [FoundFile(path, b"a.jpg", 1, 1)], {b"a.jpg": known}, stored(known)).agrees


def test_a_folder_out_of_reach_is_a_difference_and_nothing_is_called_gone() -> None:
    result = compare(
        "s", None, {b"a": entry(b"a")}, stored(entry(b"a")), unreachable="no such folder"
    )
    assert not result.agrees
    assert result.gone == []


def test_a_document_that_says_something_else_than_its_entry_differs() -> None:
    older = ManifestEntry(b"a", 1, 0, "older", "", "id")
    result = compare("s", [found(b"a")], {b"a": entry(b"a")}, stored(older))
    assert (result.differs, result.again) == (["a"], {b"a": 0})


def test_a_document_that_another_program_put_in_the_place_of_ours_differs() -> None:
    stored_by_others = [StoredDocument("id", None)]
    result = compare("s", [found(b"a")], {b"a": entry(b"a")}, stored_by_others)
    assert result.differs == ["a"]


def test_what_was_sent_without_an_answer_is_pending_and_nothing_else() -> None:
    sent = ManifestEntry(b"a", 1, 1, "", "", "id", pending=True)
    result = compare("s", [found(b"a", size=2)], {b"a": sent}, [])
    assert result.pending == ["a"]
    assert result.out_of_date == result.lost == []
    assert not result.agrees


def test_of_another_machine_s_folder_only_manifest_and_index_are_compared() -> None:
    others = [StoredDocument("other", None), *stored(entry(b"a"))]
    result = compare("s", None, {b"a": entry(b"a")}, others, elsewhere="nas")
    assert result.agrees
    assert compare("s", None, {b"a": entry(b"a")}, [], elsewhere="nas").lost == ["a"]


def test_documents_of_no_registered_source_do_not_agree() -> None:
    assert not Agreement("s", unbound=1).agrees


def test_the_json_has_everything_but_the_raw_paths() -> None:
    shown = Agreement("s", lost=["a"], again={b"a": 0}).as_json()
    assert "again" not in shown
    assert shown["lost"] == ["a"]
