"""What a run has to do, from what is there and what is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.plan import looks_unmounted, make_plan, split_moved
from lsr_opensearch.indexing.sources import FoundFile


def found(path: bytes, size: int = 10, mtime_ns: int = 1) -> FoundFile:
    return FoundFile(b"/root/" + path, path, size, mtime_ns)


def entry(
    path: bytes, sha256: str = "hash", annotation: str = "", problem: str = ""
) -> ManifestEntry:
    return ManifestEntry(path, 10, 1, sha256, annotation, "" if problem else "id", problem)


def test_a_file_that_the_manifest_does_not_know_is_new() -> None:
    assert make_plan([found(b"a")], {}, {}).new == (found(b"a"),)


def test_a_file_of_the_same_size_and_time_is_unchanged() -> None:
    plan = make_plan([found(b"a")], {}, {b"a": entry(b"a")})
    assert (plan.unchanged, plan.to_read) == (1, ())


@pytest.mark.parametrize("changed", [found(b"a", size=11), found(b"a", mtime_ns=2)])
def test_another_size_or_time_means_changed(changed: FoundFile) -> None:
    assert make_plan([changed], {}, {b"a": entry(b"a")}).changed == (changed,)


def test_new_captions_mean_changed() -> None:
    plan = make_plan([found(b"a")], {b"a": "said"}, {b"a": entry(b"a")})
    assert plan.changed == (found(b"a"),)


def test_a_skipped_file_is_tried_again() -> None:
    plan = make_plan([found(b"a")], {}, {b"a": entry(b"a", problem="damaged")})
    assert plan.changed == (found(b"a"),)


def test_an_entry_without_a_file_is_gone() -> None:
    assert make_plan([], {}, {b"a": entry(b"a")}).gone == (entry(b"a"),)


def test_a_gone_entry_whose_content_is_new_elsewhere_has_moved() -> None:
    here, away = entry(b"a", "same"), entry(b"b", "other")
    assert split_moved([here, away], {"same"}) == ([here], [away])


def test_entries_without_a_hash_have_not_moved() -> None:
    unread = entry(b"a", sha256="")
    assert split_moved([unread], {""}) == ([], [unread])


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
    assert len(plan.new) + len(plan.changed) + plan.unchanged == len(there)
    assert len(plan.changed) + plan.unchanged + len(plan.gone) == len(known)
