"""The measures against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lsr_opensearch.evaluation.agreement import kendall, pearson
from lsr_opensearch.evaluation.cost import flops, mean_terms
from lsr_opensearch.evaluation.deviation import exact_at, semantic_at
from lsr_opensearch.evaluation.ranking import effectiveness
from lsr_opensearch.evaluation.retrieval import retrieve_dense


def test_any_relevant_hit_counts_for_recall() -> None:
    run = {"a": ["x", "y"], "b": ["z", "x", "y"], "c": []}
    relevant = {"a": ["x", "q"], "b": ["y"], "c": ["x"], "d": ["x"]}
    found = effectiveness(run, relevant)
    assert found.recall == {1: 25, 5: 50, 10: 50}
    assert found.mrr_at_10 == pytest.approx(100 * (1 + 1 / 3) / 4)


def test_beyond_ten_nothing_counts() -> None:
    run = {"a": [f"{number}" for number in range(11)]}
    found = effectiveness(run, {"a": ["10"]})
    assert (found.recall[10], found.mrr_at_10) == (0, 0)


def test_flops_are_the_expected_words_in_common() -> None:
    queries = [{"dog": 1.0, "cat": 1.0}, {"dog": 1.0}]
    documents = [{"dog": 2.0}, {"dog": 1.0, "cat": 1.0}, {"bus": 1.0}, {}]
    shared = [1, 2, 0, 0, 1, 1, 0, 0]
    assert flops(queries, documents) == sum(shared) / len(shared)
    assert mean_terms(documents) == 1


def test_exact_counts_own_words_among_the_heaviest() -> None:
    vectors = [{"dog": 3.0, "cat": 2.0, "sea": 1.0}, {"bus": 1.0}]
    said = [["a", "sea", "dog"], ["a", "car"]]
    assert exact_at(vectors, said, 2) == pytest.approx(100 * (1 / 2 + 0) / 2)


def test_semantic_takes_the_nearest_own_word() -> None:
    meanings = {
        "dog": np.array([1, 0], np.float32),
        "hound": np.array([0.8, 0.6], np.float32),
        "sea": np.array([0, 1], np.float32),
    }
    vectors = [{"hound": 2.0, "dog": 1.0, "unknown": 0.5}]
    # hound: 0.8 to dog, 0.6 to sea; dog: 1; unknown: 0
    assert semantic_at(vectors, [["dog", "sea"]], meanings, 3) == pytest.approx(1.8 / 3)
    assert semantic_at(vectors, [["nothing"]], meanings, 3) == 0


def test_kendall_compares_the_hits_in_common() -> None:
    same = {"q": ["a", "b", "c"]}
    assert kendall(same, same) == 1
    assert kendall(same, {"q": ["c", "b", "a"]}) == -1
    assert kendall(same, {"q": ["b", "x", "a", "c"]}) == pytest.approx(1 / 3)


def test_kendall_of_no_two_hits_in_common_is_not_measured() -> None:
    assert kendall({"q": ["a", "b"]}, {"q": ["a", "y"]}) is None


def test_pearson_correlates_reciprocal_ranks() -> None:
    relevant = {"a": ["x"], "b": ["x"], "c": ["x"], "d": ["x"]}
    run = {"a": ["x"], "b": ["y", "x"], "c": ["y"]}
    other = {"a": ["x"], "b": ["y", "y", "y", "x"], "c": ["y", "x"], "d": ["x"]}
    found = pearson(run, other, relevant)
    assert found == pytest.approx(np.corrcoef([1, 0.5, 0, 0], [1, 0.25, 0.5, 1])[0, 1])
    assert pearson(run, run, relevant) == pytest.approx(1)


def test_nothing_correlates_with_a_run_that_always_succeeds() -> None:
    relevant = {"a": ["x"], "b": ["y"]}
    assert pearson({"a": ["x"], "b": ["y"]}, {"a": ["x"]}, relevant) is None


def test_nothing_correlates_with_a_run_that_always_succeeds_third() -> None:
    """Their mean is not quite a third: what is left of it would be correlated."""
    relevant = {str(number): ["x"] for number in range(11)}
    run = {query: ["a", "b", "x"] for query in relevant}
    other = {query: ["x"] if query < "5" else ["y", "x"] for query in relevant}
    assert pearson(run, other, relevant) is None
    assert pearson(other, run, relevant) is None


def test_dense_runs_are_by_the_product() -> None:
    documents = np.eye(3, dtype=np.float32)
    queries = np.array([[0.1, 0.9, 0.5]], np.float32)
    found = retrieve_dense(["x", "y", "z"], documents, ["q"], queries, 2)
    assert found.run == {"q": ["y", "z"]}
    assert found.scores["q"] == pytest.approx([0.9, 0.5])
