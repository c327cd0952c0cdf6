"""Texts that go through a network together are of nearly one length."""

from __future__ import annotations

import random

import pytest

from lsr_opensearch.encoders.networks.text import alike


def lengths_of(seed: int) -> list[int]:
    drawn = random.Random(seed)
    return [drawn.choice((0, drawn.randint(1, 20), 512)) for _ in range(300)]


@pytest.mark.parametrize("seed", range(3))
def test_every_text_but_the_empty_ones_is_in_one_batch(seed: int) -> None:
    lengths = lengths_of(seed)
    places = [place for batch in alike(lengths) for place in batch]
    assert sorted(places) == [place for place, length in enumerate(lengths) if length]


def test_a_batch_never_has_more_tokens_than_two_of_the_longest_texts() -> None:
    lengths = lengths_of(1)
    for batch in alike(lengths):
        assert len(batch) * max(lengths[place] for place in batch) <= 1024


def test_a_long_text_does_not_pad_short_ones() -> None:
    assert list(alike([9, 1000, 9])) == [[1], [0, 2]]


def test_no_texts_are_no_batches() -> None:
    assert list(alike([])) == []
    assert list(alike([0, 0])) == []
