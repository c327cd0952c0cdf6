"""What a run has to do, from what is there and what is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.plan import (
    Departure,
    Plan,
    Task,
    looks_unmounted,
    make_plan,
    settle_gone,
    split_moved,
)
from lsr_opensearch.indexing.sources import FoundFile


def found(path: bytes, size: int = 10, mtime_ns: int = 1) -> FoundFile:
    return FoundFile(b"/root/" + path, path, size, mtime_ns)


def entry(
    path: bytes, sha256: str = "hash", annotation: str = "", problem: str = ""
) -> ManifestEntry:
    return ManifestEntry(path, 10, 1, sha256, annotation, "" if problem else "id", problem)


def tasks(*files: FoundFile, is_new: bool = False, annotation: str = "") -> tuple[Task, ...]:
    return tuple(Task(file, annotation, is_new) for file in files)


def plan_of(*gone: ManifestEntry, there: tuple[ManifestEntry, ...] = (), known: int = 100) -> Plan:
    """A plan with these gone entries; ``there`` are entries whose files are as they were."""
    files = [found(known_file.path) for known_file in there]
    manifest = {known_file.path: known_file for known_file in (*gone, *there)}
    return replace(make_plan(files, {}, manifest), known=known)


def test_a_file_that_the_manifest_does_not_know_is_new() -> None:
    assert make_plan([found(b"a")], {}, {}).tasks == tasks(found(b"a"), is_new=True)


def test_a_file_of_the_same_size_and_time_is_unchanged() -> None:
    plan = make_plan([found(b"a")], {}, {b"a": entry(b"a")})
    assert (plan.unchanged, plan.tasks) == (1, ())


@pytest.mark.parametrize("changed", [found(b"a", size=11), found(b"a", mtime_ns=2)])
def test_another_size_or_time_means_changed(changed: FoundFile) -> None:
    assert make_plan([changed], {}, {b"a": entry(b"a")}).tasks == tasks(changed)


def test_new_captions_mean_changed() -> None:
    plan = make_plan([found(b"a")], {b"a": "said"}, {b"a": entry(b"a")})
    assert plan.tasks == tasks(found(b"a"), annotation="said")


def test_a_skipped_file_is_tried_again() -> None:
    plan = make_plan([found(b"a")], {}, {b"a": entry(b"a", problem="damaged")})
    assert plan.tasks == tasks(found(b"a"))


def test_a_pending_file_is_sent_again_whatever_its_size_and_time() -> None:
    pending = pending_at(b"a")
    assert make_plan([found(b"a")], {}, {b"a": pending}).tasks == tasks(found(b"a"), is_new=True)
    known = replace(pending, replaces=True)
    assert make_plan([found(b"a")], {}, {b"a": known}).tasks == tasks(found(b"a"))


def test_pending_pictures_of_an_unmounted_drive_are_kept_where_others_were_known_before() -> None:
    known = replace(pending_at(b"a"), replaces=True)
    plan = make_plan([], {}, {b"a": known, b"b": pending_at(b"b")})
    departure = settle_gone(plan, Counter())
    assert (departure.kept, departure.forgotten) == (1, (pending_at(b"b"),))


def pending_at(path: bytes) -> ManifestEntry:
    return replace(entry(path), pending=True)


def test_files_are_read_in_the_order_of_their_paths() -> None:
    plan = make_plan([found(b"b"), found(b"a")], {}, {})
    assert [task.file.relative for task in plan.tasks] == [b"a", b"b"]


def test_an_entry_without_a_file_is_gone() -> None:
    assert make_plan([], {}, {b"a": entry(b"a")}).gone == (entry(b"a"),)


def test_a_gone_entry_whose_content_is_elsewhere_has_moved() -> None:
    here, away = entry(b"a", "same"), entry(b"b", "other")
    assert split_moved([here, away], {"same"}) == ([here], [away])


def test_entries_without_a_hash_have_not_moved() -> None:
    unread = entry(b"a", sha256="")
    assert split_moved([unread], {""}) == ([], [unread])


def test_a_gone_picture_that_a_new_file_is_a_copy_of_has_moved() -> None:
    departure = settle_gone(plan_of(entry(b"a", "same"), known=1), Counter({"same": 1}))
    assert departure == Departure((entry(b"a", "same"),), moved=1, removed=0, kept=0)


def test_gone_copies_beyond_the_new_files_are_removed() -> None:
    plan = plan_of(entry(b"a", "same"), entry(b"b", "same"), entry(b"c", "same"), known=3)
    departure = settle_gone(plan, Counter({"same": 1, "other": 5}))
    assert (departure.moved, departure.removed, departure.kept) == (1, 2, 0)
    assert departure.forgotten == plan.gone


def test_a_gone_copy_of_a_picture_that_is_still_there_is_removed_without_asking() -> None:
    plan = plan_of(entry(b"a", "same"), there=(entry(b"b", "same"),), known=2)
    departure = settle_gone(plan, Counter())
    assert (departure.moved, departure.removed, departure.kept) == (0, 1, 0)


def test_a_gone_picture_that_replaced_another_is_removed_without_asking() -> None:
    departure = settle_gone(plan_of(entry(b"a", "same"), known=2), Counter({"same": 0}))
    assert (departure.moved, departure.removed, departure.kept) == (0, 1, 0)


def test_a_skipped_file_that_is_gone_is_forgotten_and_not_counted() -> None:
    skipped = entry(b"notes.jpg", problem="no picture")
    departure = settle_gone(plan_of(skipped, known=1), Counter())
    assert departure == Departure((skipped,), moved=0, removed=0, kept=0)


def test_pictures_that_are_kept_do_not_keep_skipped_files() -> None:
    skipped = entry(b"notes.jpg", problem="no picture")
    departure = settle_gone(plan_of(entry(b"a"), skipped, known=1), Counter())
    assert (departure.forgotten, departure.kept) == ((skipped,), 1)


def test_what_looks_unmounted_is_removed_on_the_users_word() -> None:
    departure = settle_gone(plan_of(entry(b"a"), known=1), Counter(), prune=True)
    assert (departure.removed, departure.kept) == (1, 0)


def test_skipped_files_are_no_known_pictures() -> None:
    manifest = {b"a": entry(b"a"), b"b": entry(b"b", problem="damaged")}
    assert make_plan([], {}, manifest).known == 1


@pytest.mark.parametrize(
    ("removed", "known", "suspicious"),
    [(0, 0, False), (0, 10, False), (1, 10, False), (2, 10, True), (1, 1, True), (19, 100, False)],
)
def test_a_fifth_gone_at_once_looks_like_an_unmounted_drive(
    removed: int, known: int, suspicious: bool
) -> None:
    assert looks_unmounted(removed, known) is suspicious


@given(
    st.dictionaries(st.binary(min_size=1), st.integers(1, 3)),
    st.dictionaries(st.binary(min_size=1), st.integers(1, 3)),
)
def test_every_file_and_entry_has_exactly_one_fate(
    there: dict[bytes, int], known: dict[bytes, int]
) -> None:
    files = [found(path, mtime_ns=time) for path, time in there.items()]
    manifest = {
        path: ManifestEntry(path, 10, time, "hash", "", "id") for path, time in known.items()
    }
    plan = make_plan(files, {}, manifest)
    new = sum(task.is_new for task in plan.tasks)
    assert len(plan.tasks) + plan.unchanged == len(there)
    assert len(plan.tasks) - new + plan.unchanged + len(plan.gone) == len(known)
