"""Semantic deviation: whether the heaviest words of a caption's vector have to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lsr_opensearch.terms import TermWeights, by_weight

DEPTH = 20
Floats = npt.NDArray[np.float32]


def exact_at(
    vectors: Sequence[TermWeights], said: Sequence[Sequence[str]], k: int = DEPTH
) -> float:
    """Exact@k = |top-k(s) with the caption's own words| / k, mean over the captions, in percent.

    Args:
        said: the words of each caption.
    """
    shares = [
        len(set(_top(terms, k)) & set(words)) / k
        for terms, words in zip(vectors, said, strict=True)
    ]
    return 100 * sum(shares) / len(shares)


def semantic_at(
    vectors: Sequence[TermWeights],
    said: Sequence[Sequence[str]],
    meanings: Mapping[str, Floats],
    k: int = DEPTH,
) -> float:
    """Semantic@k: how near the top-k words are to the caption's, mean over the captions.

    For each of the top-k words, the largest cosine of its static vector with that of a word of the
    caption; their mean. Words without a vector count 0. Whether the paper takes the largest or the
    mean over the caption's words is not certain; the largest does not punish long captions.

    Args:
        meanings: word -> its vector, of length 1.
    """
    means = []
    for terms, words in zip(vectors, said, strict=True):
        top = [meanings[term] for term in _top(terms, k) if term in meanings]
        own = [meanings[word] for word in words if word in meanings]
        near = (np.array(top) @ np.array(own).T).max(1) if top and own else np.zeros(1)
        means.append(float(near.sum()) / k)
    return sum(means) / len(means)


def _top(terms: TermWeights, k: int) -> list[str]:
    return list(by_weight(terms))[:k]
