"""What a machine remembers of an index: pending before sent, newer before older."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.cluster.state.manifests import Manifests, Record
from lsr_opensearch.engines.cluster.state.memory import remember_uuid, remembered_uuid
from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.errors import IndexFileError

ENTRY = ManifestEntry(b"a/\xff.jpg", 10, 20, "hash", "said", "id-a")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[StateFile]:
    file = StateFile(tmp_path / "state" / "clusters.sqlite")
    yield file
    file.close()


@pytest.fixture
def manifests(file: StateFile) -> Manifests:
    return Manifests(file, "uuid-1")


def test_nothing_is_known_of_a_source_that_was_never_written(manifests: Manifests) -> None:
    assert manifests.read("photos") is None


def test_what_was_recorded_is_read_back_byte_for_byte(manifests: Manifests) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    assert manifests.read("photos") == {ENTRY.path: ENTRY}


def test_another_index_of_the_same_name_has_its_own_manifest(file: StateFile) -> None:
    Manifests(file, "uuid-1").record("photos", [Record(ENTRY, 5)], {})
    assert Manifests(file, "uuid-2").read("photos") is None


def read_back(manifests: Manifests) -> ManifestEntry:
    (entry,) = (manifests.read("photos") or {}).values()
    return entry


def test_what_is_about_to_be_sent_is_pending_with_all_that_is_said_of_it(
    manifests: Manifests,
) -> None:
    manifests.begin("photos", [Record(ENTRY, 5)], {})
    assert read_back(manifests) == replace(ENTRY, pending=True)
    assert read_back(manifests).revision == 5


def test_a_known_document_is_pending_while_another_takes_its_place(manifests: Manifests) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    edited = replace(ENTRY, mtime_ns=21, sha256="other")
    for revision in (6, 7):
        manifests.begin("photos", [Record(edited, revision)], {})
        assert read_back(manifests) == replace(edited, pending=True, replaces=True)
    manifests.record("photos", [Record(edited, 7)], {})
    assert read_back(manifests) == edited


def test_a_known_document_is_pending_while_it_is_deleted(manifests: Manifests) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    manifests.begin("photos", [], {ENTRY.path: 6})
    assert read_back(manifests) == replace(ENTRY, pending=True, replaces=True)
    manifests.record("photos", [], {ENTRY.path: 6})
    assert manifests.read("photos") == {}


def test_what_an_earlier_reading_sends_leaves_a_later_one_acknowledged(
    manifests: Manifests,
) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    manifests.begin("photos", [Record(replace(ENTRY, sha256="other"), 4)], {ENTRY.path: 4})
    assert read_back(manifests) == ENTRY


def test_a_skipped_file_that_gets_a_document_is_pending(manifests: Manifests) -> None:
    skipped = ManifestEntry(ENTRY.path, 10, 20, "hash", "", "", problem="no picture")
    manifests.record("photos", [Record(skipped, 5)], {})
    manifests.begin("photos", [Record(ENTRY, 6)], {})
    assert read_back(manifests) == replace(ENTRY, pending=True)


def test_an_earlier_revision_does_not_replace_a_later_one(manifests: Manifests) -> None:
    later = ManifestEntry(ENTRY.path, 11, 21, "other", "said", "id-a")
    manifests.record("photos", [Record(later, 9)], {})
    manifests.record("photos", [Record(ENTRY, 5)], {ENTRY.path: 5})
    assert manifests.read("photos") == {ENTRY.path: later}


def test_forgetting_a_path_removes_what_was_known_then(manifests: Manifests) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    manifests.record("photos", [], {ENTRY.path: 6})
    assert manifests.read("photos") == {}


def test_a_rejected_document_is_kept_until_it_is_accepted(manifests: Manifests) -> None:
    rejected = ManifestEntry(ENTRY.path, 10, 20, "hash", "said", "id-a", problem="no")
    manifests.record("photos", [Record(rejected, 5, b"{}")], {})
    assert list(manifests.letters("photos")) == [(ENTRY.path, "id-a", 5, b"{}")]
    manifests.record("photos", [Record(ENTRY, 6)], {})
    assert list(manifests.letters("photos")) == []


def test_forgetting_a_source_leaves_the_others(manifests: Manifests) -> None:
    manifests.record("photos", [Record(ENTRY, 5)], {})
    manifests.record("scans", [Record(ENTRY, 5)], {})
    manifests.forget("photos")
    assert manifests.read("photos") is None
    assert manifests.read("scans") == {ENTRY.path: ENTRY}
    manifests.forget_all()
    assert manifests.read("scans") is None


def test_a_transaction_that_fails_leaves_nothing(file: StateFile, manifests: Manifests) -> None:
    def records() -> Iterator[Record]:
        yield Record(ENTRY, 5)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        manifests.record("photos", records(), {})
    assert manifests.read("photos") is None


def test_a_damaged_file_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "clusters.sqlite"
    path.write_bytes(b"this is no database, and has never been one" * 100)
    file = StateFile(path)
    manifests = Manifests(file, "uuid-1")
    assert manifests.read("photos") is None
    manifests.record("photos", [Record(ENTRY, 5)], {})
    file.close()
    assert (tmp_path / "clusters.sqlite.damaged").exists()
    assert manifests.read("photos") == {ENTRY.path: ENTRY}


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "clusters.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexFileError, match="Upgrade"):
        Manifests(StateFile(path), "uuid-1").read("photos")


def test_a_folder_that_cannot_be_made_says_which_variable_names_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IndexFileError, match="LSR_OS_STATE_DIR"):
        Manifests(StateFile(tmp_path / "file" / "below" / "x"), "uuid-1").begin(
            "photos", [Record(ENTRY, 5)], {}
        )


def test_the_index_of_a_name_is_remembered_for_each_cluster(file: StateFile) -> None:
    assert remembered_uuid(file, "one", "photos") == ""
    remember_uuid(file, "one", "photos", "uuid-1")
    assert remembered_uuid(file, "one", "photos") == "uuid-1"
    assert remembered_uuid(file, "two", "photos") == ""
    remember_uuid(file, "one", "photos", "")
    assert remembered_uuid(file, "one", "photos") == ""
