"""Batches, sources and the manifest on the embedded engine."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lsr_opensearch.engines.embedded import open_embedded
from lsr_opensearch.engines.port import (
    Document,
    ManifestEntry,
    Schema,
    SourceBinding,
    SparseField,
    WriteBatch,
)
from lsr_opensearch.errors import (
    IndexFileError,
    SourceError,
    SpaceMismatchError,
    TermWeightsError,
    UsageError,
)
from tests.engines.model import SCHEMA, S, document, found, index_file, opened, write

ENTRY = ManifestEntry(b"a.jpg", 10, 1_700_000_000_123_456_789, "ab" * 32, "", "a")


def test_a_batch_is_documents_deletions_and_manifest_at_once(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    index.bind_source(S)
    index.write(WriteBatch("s", [document("a"), document("b")], entries=[ENTRY]))
    changed = replace(ENTRY, size=11)
    gone = replace(ENTRY, path=b"c.jpg", document_id="", problem="no \udcff picture")
    index.bind_source(S)
    index.write(WriteBatch("s", [document("c")], {"a": 0, "unknown": 0}, [changed, gone]))
    assert sorted(index.document_ids()) == ["b", "c"]
    assert index.manifest("s") == {b"a.jpg": changed, b"c.jpg": gone}
    index.bind_source(S)
    index.write(WriteBatch("s", forgotten_paths={b"a.jpg": 0, b"unknown": 0}))
    assert index.manifest("s") == {b"c.jpg": gone}
    assert index.manifest("other") == {}


def test_paths_and_names_that_are_not_utf8_are_kept_as_they_are(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    name = os.fsdecode(b"Fotos \xff")
    binding = SourceBinding(name, "host", os.fsdecode(b"/data/\xfe\xff"))
    index.bind_source(binding)
    entry = replace(ENTRY, path=b"\xff\x00\xfe/a.jpg")
    index.write(WriteBatch(name, [document("a", path=os.fsdecode(b"\xff.jpg"))], entries=[entry]))
    assert index.sources() == [binding]
    assert index.manifest(name) == {entry.path: entry}
    assert list(index.document_ids(name)) == ["a"]
    assert index.fetch(["a"])["a"].metadata["path"] == "\udcff.jpg"
    assert index.forget_source(name) == 1


def test_a_source_name_stands_for_one_place(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    binding = SourceBinding("pictures", "laptop", "/home/me/pictures")
    index.bind_source(binding)
    index.bind_source(binding)
    for other in (replace(binding, host="desktop"), replace(binding, root="/mnt")):
        with pytest.raises(SourceError, match="lsr-os forget pictures"):
            index.bind_source(other)
    assert index.sources() == [binding]


def test_forgetting_a_source_leaves_the_others(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    for source in ("one", "two"):
        index.bind_source(SourceBinding(source, "", ""))
        documents = [document(f"{source}-{number}") for number in range(20)]
        index.write(WriteBatch(source, documents, entries=[ENTRY]))
    assert index.forget_source("one") == 20
    assert found(index, {"dog": 1}, 100) == sorted(f"two-{number}" for number in range(20))
    assert index.manifest("one") == {}
    assert [binding.name for binding in index.sources()] == ["two"]
    assert len(index.manifest("two")) == 1
    assert index.forget_source("one") == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Document("", {}, {}), UsageError),
        (Document("\udcff", {}, {}), UsageError),
        (Document("a", {"ocr_terms": {"dog": 1.0}}, {}), UsageError),
        (Document("a", {"image_terms": {"dog": 0.0}}, {}), TermWeightsError),
        (Document("a", {"image_terms": {"dog": float("nan")}}, {}), TermWeightsError),
        (Document("a", {"image_terms": {"dog": 1e39}}, {}), TermWeightsError),
        (Document("a", {}, {"width": float("inf")}), UsageError),
        (Document("a", {}, {"path": b"bytes"}), UsageError),
    ],
)
def test_a_batch_with_an_unfit_document_changes_nothing(
    tmp_path: Path, wrong: Document, error: type[Exception]
) -> None:
    index = opened(index_file(tmp_path))
    index.bind_source(S)
    with pytest.raises(error):
        index.write(WriteBatch("s", [document("b"), wrong], entries=[ENTRY]))
    assert list(index.document_ids()) == []
    assert index.manifest("s") == {}


def test_the_last_of_several_documents_with_one_id_is_kept(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a", {"dog": 1.0}), document("a", {"cat": 1.0}))
    assert found(index, {"dog": 1}) == []
    assert found(index, {"cat": 1}) == ["a"]


def test_an_index_keeps_its_schema(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    index.create(SCHEMA)
    assert open_embedded(index_file(tmp_path)).schema() == SCHEMA
    with pytest.raises(SpaceMismatchError, match="'basic'"):
        index.create(Schema("other", {"image_terms": SparseField("image", "other")}))
    assert index.schema() == SCHEMA


def test_a_schema_has_between_one_and_fourteen_fields(tmp_path: Path) -> None:
    index = open_embedded(index_file(tmp_path))
    for count in (0, 15):
        fields = {f"f{number}": SparseField("image", "space") for number in range(count)}
        with pytest.raises(UsageError, match="between 1 and 14"):
            index.create(Schema("basic", fields))
    assert not index_file(tmp_path).exists()


def test_writing_to_an_index_that_was_never_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexFileError, match="There is no index at"):
        write(open_embedded(index_file(tmp_path)), document("a"))
    opened(index_file(tmp_path), "one")
    with pytest.raises(IndexFileError, match="no index named 'two'"):
        write(open_embedded(index_file(tmp_path), "two"), document("a"))


def test_status_counts_what_is_there(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    for number in range(10):
        write(index, document(str(number), {"dog": 1.0, f"t{number}": 1.0}))
    write(index, document("0", {"cat": 1.0}))
    status = index.status()
    assert (status.documents, status.terms) == (10, 11)
    assert status.bytes_on_disk >= index_file(tmp_path).stat().st_size
    assert set(status.store) == {"segments", "tail_documents", "dead_documents", "free_bytes"}


def test_a_dropped_index_leaves_its_space_to_the_next(tmp_path: Path) -> None:
    sizes = []
    for _ in range(4):
        index = opened(index_file(tmp_path))
        for start in range(0, 200, 20):
            write(index, *(document(str(start + n), {f"t{n}": 1.0}) for n in range(20)))
        index.drop()
        index.close()
        sizes.append(index_file(tmp_path).stat().st_size)
    assert sizes[3] == sizes[1]


def test_closing_twice_is_fine_and_a_closed_index_opens_again(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a"))
    index.close()
    index.close()
    assert found(index, {"dog": 1}) == ["a"]
    index.close()


def test_a_forgotten_source_takes_no_more_documents(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a"))
    index.forget_source("pictures")
    with pytest.raises(SourceError, match="forgotten"):
        index.write(WriteBatch("pictures", [document("b")]))
    assert list(index.document_ids()) == []
