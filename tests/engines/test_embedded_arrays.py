"""The embedded engine's pure functions: the best of many scores, postings as bytes, merge plans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_opensearch.engines.embedded.arrays.merging import choose_compaction, choose_merge
from lsr_opensearch.engines.embedded.arrays.postings import (
    Accumulator,
    decoded,
    decoded_locals,
    encoded,
    grouped,
)
from lsr_opensearch.engines.embedded.arrays.segments import Segment
from lsr_opensearch.engines.embedded.search.ranking import leaders
from lsr_opensearch.engines.embedded.storage.layout import LIVE, TOP_TERMS_FIELD, subkey
from lsr_opensearch.engines.embedded.tuning import Tuning


@given(
    size=st.integers(0, 5000),
    share=st.sampled_from([0.0, 0.001, 0.1, 1.0]),
    levels=st.sampled_from([1, 3, 1000]),
    count=st.integers(1, 20),
    seed=st.integers(0, 100),
)
def test_leaders_are_the_highest_scores_with_all_ties(
    size: int, share: float, levels: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(1, levels + 1, size).astype(np.float32)
    scores[random.random(size) >= share] = 0
    positive = sorted(scores[scores > 0].tolist(), reverse=True)
    threshold = positive[:count][-1] if positive else 1
    expected = [slot for slot, score in enumerate(scores.tolist()) if score >= threshold]
    assert sorted(leaders(scores, count).tolist()) == expected


postings = st.dictionaries(
    st.tuples(st.sampled_from([0, 1, TOP_TERMS_FIELD]), st.integers(0, 5), st.integers(0, 29)),
    st.floats(2**-100, 2**100, width=32),
    min_size=1,
)


@given(postings)
def test_postings_come_back_from_their_bytes(held: dict[tuple[int, int, int], float]) -> None:
    keys = np.array([subkey(field, term) for field, term, _ in held], np.uint32)
    locals_ = np.array([local for _, _, local in held], np.uint32)
    weights = np.array(list(held.values()), np.float32)
    back = {}
    for key, data in encoded(grouped(keys, locals_, weights), 30):
        field, term = divmod(key, subkey(1, 0))
        if field == TOP_TERMS_FIELD:
            pairs = [(local, held[field, term, local]) for local in decoded_locals(data, key, 30)]
        else:
            pairs = list(zip(*(part.tolist() for part in decoded(data, 30)), strict=True))
        back |= {(field, term, int(local)): weight for local, weight in pairs}
    assert back == held


def test_a_sum_is_the_same_whatever_form_its_postings_have() -> None:
    random = np.random.default_rng(1)
    accumulator = Accumulator()
    size = 100_000
    sums = [np.zeros(size, np.float32), np.zeros(size, np.float32)]
    for share in (0.9, 0.4, 0.2):
        locals_ = np.flatnonzero(random.random(size) < share).astype(np.uint32)
        weights = random.random(len(locals_)).astype(np.float32) + np.float32(0.1)
        columns = grouped(np.zeros(len(locals_), np.uint32), locals_, weights)
        ((_, data),) = encoded(columns, size)
        accumulator.add_posting(sums[0], data, np.float32(1.7))
        accumulator.add(sums[1], locals_, weights, np.float32(1.7))
    assert np.array_equal(*sums)


def _segments(sizes: list[int]) -> list[Segment]:
    return [Segment(n, LIVE, n, n, size, 0, (), -1) for n, size in enumerate(sizes, 1)]


def _merged(segments: list[Segment], chosen: tuple[Segment, ...]) -> list[Segment]:
    at = segments.index(chosen[0])
    size = sum(one.live_documents for one in chosen)
    whole = Segment(chosen[0].id, LIVE, chosen[0].first, chosen[-1].last, size, 0, (), -1)
    return [*segments[:at], whole, *segments[at + len(chosen) :]]


@settings(max_examples=30)
@given(st.lists(st.integers(10, 60), min_size=1, max_size=300))
def test_merges_leave_few_segments_and_rewrite_a_document_once_a_size_class(
    sizes: list[int],
) -> None:
    tuning = Tuning(tail_documents=10, merge_factor=10)
    segments: list[Segment] = []
    rewritten = 0
    for new in _segments(sizes):
        segments.append(new)
        while chosen := choose_merge(segments, frozenset(), tuning):
            rewritten += sum(one.live_documents for one in chosen)
            segments = _merged(segments, chosen)
    assert sum(one.documents for one in segments) == sum(sizes)
    assert len(segments) <= 27
    assert rewritten <= 3 * sum(sizes)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_compaction_leaves_each_segment_as_large_as_all_that_follow(sizes: list[int]) -> None:
    segments = _segments(sizes)
    while chosen := choose_compaction(segments):
        assert len(chosen) > 1
        segments = _merged(segments, chosen)
    left = [one.documents for one in segments]
    assert all(size >= sum(left[at + 1 :]) for at, size in enumerate(left))
    assert sum(left) == sum(sizes)


@pytest.mark.parametrize("dead", [25, 26])
def test_a_segment_with_more_than_a_quarter_dead_is_rewritten_alone(dead: int) -> None:
    one = Segment(1, LIVE, 1, 100, 100, dead, (), -1)
    chosen = choose_merge([one], frozenset(), Tuning())
    assert chosen == ((one,) if dead > 25 else ())
    assert choose_merge([one], frozenset({1}), Tuning()) == ()
