"""The paired tests against what can be worked out otherwise."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lsr_opensearch.evaluation.significance import (
    bootstrap_interval,
    difference,
    differences,
    randomisation_p,
)


def test_p_is_that_of_all_signs_where_they_can_be_counted() -> None:
    apart = np.array([1, 1, 0.5, -0.25, 1 / 3, 0, 0.5, -1, 1, 1])
    sums = [abs(np.dot(signs, apart)) for signs in product((-1, 1), repeat=len(apart))]
    exact = np.mean(np.array(sums) >= abs(apart.sum()) - 1e-9)
    drawn = randomisation_p(apart, np.random.default_rng(0), 100_000)
    assert drawn == pytest.approx(exact, abs=0.005)


def test_p_is_never_below_what_the_draws_can_tell() -> None:
    apart = np.ones(200)
    assert randomisation_p(apart, np.random.default_rng(0), 999) == 1 / 1000


def test_runs_that_do_not_differ_have_p_1_and_no_interval() -> None:
    found = difference([1, 0, 0.5], [1, 0, 0.5])
    assert (found.p, found.low, found.high) == (1, 0, 0)


def test_equally_good_runs_are_told_apart_as_often_as_p_says() -> None:
    random = np.random.default_rng(3)
    values = [randomisation_p(random.normal(size=150), random, 500) for _ in range(400)]
    assert 0.03 < np.mean(np.array(values) < 0.05) < 0.07
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)


def test_the_interval_is_as_wide_as_the_normal_one_where_queries_are_many() -> None:
    apart = np.random.default_rng(1).choice([-1.0, 0, 0.5, 1], 2000)
    low, high = bootstrap_interval(apart, np.random.default_rng(0))
    half = 1.96 * apart.std() / np.sqrt(len(apart))
    assert low == pytest.approx(apart.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(apart.mean() + half, abs=0.1 * half)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    random = np.random.default_rng(5)
    first, second = random.random((2, 60)).round(2).tolist()
    assert difference(first, second) == difference(first, second)
    assert difference(first, second).low != difference(first, second, seed=1).low


def test_the_second_run_minus_the_first_in_percent() -> None:
    relevant = {"a": ["x"], "b": ["y"], "c": ["z"], "d": ["z"]}
    first = {"a": ["x"], "b": ["q", "y"]}
    second = {"a": ["x"], "b": ["y"], "c": ["q", "z"]}
    found = differences(first, second, relevant)
    assert (found["R@1"].first, found["R@1"].second) == (25, 50)
    assert (found["R@10"].first, found["R@10"].second) == (50, 75)
    assert found["MRR@10"].second == pytest.approx(62.5)
    assert found["MRR@10"].as_json()["difference"] == 25
