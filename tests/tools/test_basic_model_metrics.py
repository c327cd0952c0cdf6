"""Retrieval measures of the build, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tools.basic_model.metrics import Ranking


def test_a_query_that_finds_its_picture_first_counts_full() -> None:
    ranking = Ranking.of(np.eye(3), np.eye(3, dtype=bool))
    assert (ranking.recall_at_1, ranking.mrr_at_10) == (100, 100)


def test_the_reciprocal_rank_of_second_place_is_a_half() -> None:
    ranking = Ranking.of(np.array([[0.2, 0.9]]), np.array([[True, False]]))
    assert ranking.mrr_at_10 == pytest.approx(50)


def test_a_tie_counts_against_the_query() -> None:
    ranking = Ranking.of(np.zeros((1, 4)), np.array([[True, False, False, False]]))
    assert ranking.mrr_at_10 == pytest.approx(25)


def test_any_of_several_relevant_pictures_will_do() -> None:
    ranking = Ranking.of(np.array([[0.1, 0.5, 0.9]]), np.array([[True, False, True]]))
    assert ranking.recall_at_1 == 100


def test_below_rank_ten_nothing_counts() -> None:
    scores = np.arange(12.0)[None]
    ranking = Ranking.of(scores, np.arange(12)[None] == 0)
    assert (ranking.recall_at_10, ranking.mrr_at_10) == (0, 0)
