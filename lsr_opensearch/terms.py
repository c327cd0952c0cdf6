"""Term weights: a sparse vector over words, as a plain ``dict[str, float]``.

Everything that the library takes or gives as a sparse vector has this one form: terms are
non-empty strings, weights are finite and greater than zero. All functions here are pure.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from numbers import Real

from lsr_opensearch.errors import TermWeightsError

TermWeights = dict[str, float]

# The smallest weight that a rank_features field accepts: the smallest normal float32.
SMALLEST_WEIGHT = struct.unpack("<f", struct.pack("<I", 0x00800000))[0]
LARGEST_WEIGHT = struct.unpack("<f", struct.pack("<I", 0x7F7FFFFF))[0]

# Lucene keeps a feature's weight as the frequency of a posting: float bits >>> 15, that is the
# exponent and 8 bits of the mantissa (FeatureField.java).
_LUCENE_DROPPED_BITS = 15

# A dot cannot stand in a feature name on either cluster; "%" introduces an escape.
_ESCAPES = {"%": "%25", ".": "%2E"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}


def check_terms(weights: Mapping[str, float], what: str = "term weights") -> TermWeights:
    """Return ``weights`` as a plain dictionary, or say which term is wrong and why.

    Args:
        weights: term -> weight; any mapping, any real number type (numpy scalars too).
        what: how an error names the mapping, for example ``"image_terms of beach.jpg"``.

    Raises:
        TermWeightsError: not a mapping; a term that is not a non-empty string or cannot be
            encoded as UTF-8; a weight that is not a number, not finite, not greater than zero,
            or outside the range of normal float32 numbers.
    """
    if not isinstance(weights, Mapping):
        raise TermWeightsError(
            f"{what}: expected a mapping of term to weight, got {type(weights).__name__}.",
            'Pass something like {"dog": 1.9, "beach": 1.2}.',
        )
    checked: TermWeights = {}
    for term, weight in weights.items():
        checked[_checked_term(term, what)] = _checked_weight(term, weight, what)
    return checked


def _checked_term(term: object, what: str) -> str:
    if not isinstance(term, str) or not term:
        raise TermWeightsError(f"{what}: {term!r} is not a term.", "Terms are non-empty strings.")
    try:
        term.encode("utf-8")
    except UnicodeEncodeError:
        raise TermWeightsError(
            f"{what}: the term {term!r} cannot be written as UTF-8.",
            "Remove the lone surrogates from it.",
        ) from None
    return term


def _checked_weight(term: str, weight: object, what: str) -> float:
    if isinstance(weight, bool) or not isinstance(weight, Real):
        raise TermWeightsError(
            f"{what}: the weight of {term!r} is {weight!r}, not a number.",
            "Weights are finite numbers greater than zero.",
        )
    try:
        value = float(weight)
    except OverflowError:
        # An integer that is larger than any float.
        value = math.inf
    if not SMALLEST_WEIGHT <= value <= LARGEST_WEIGHT:
        raise TermWeightsError(
            f"{what}: the weight of {term!r} is {value!r}.",
            f"Weights are finite and at least {SMALLEST_WEIGHT:.3g}; leave out terms that weigh "
            "nothing.",
        )
    return value


def by_weight(weights: Mapping[str, float]) -> TermWeights:
    """The same terms, heaviest first; equal weights in the order of the terms."""
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))


def prune(
    weights: Mapping[str, float], *, top_k: int | None = None, threshold: float = 0.0
) -> TermWeights:
    """The ``top_k`` heaviest terms of those that weigh at least ``threshold``, heaviest first.

    Raises:
        ValueError: ``top_k`` is negative or ``threshold`` is not a number of at least zero.
    """
    if top_k is not None and top_k < 0:
        raise ValueError(f"top_k must be at least 0, got {top_k}")
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, got {threshold}")
    kept = by_weight({term: weight for term, weight in weights.items() if weight >= threshold})
    return kept if top_k is None else dict(list(kept.items())[:top_k])


def scale(weights: Mapping[str, float], factor: float) -> TermWeights:
    """Every weight times ``factor``; terms whose weight vanishes are left out.

    Raises:
        ValueError: ``factor`` is not finite or not greater than zero.
    """
    if not (math.isfinite(factor) and factor > 0):
        raise ValueError(f"factor must be finite and greater than 0, got {factor}")
    scaled = ((term, weight * factor) for term, weight in weights.items())
    return {term: weight for term, weight in scaled if weight >= SMALLEST_WEIGHT}


def add(parts: Iterable[Mapping[str, float]]) -> TermWeights:
    """Term by term, the sum."""
    total: TermWeights = {}
    for part in parts:
        for term, weight in part.items():
            total[term] = total.get(term, 0.0) + weight
    return total


def maximum(parts: Iterable[Mapping[str, float]]) -> TermWeights:
    """Term by term, the largest weight: how several captions become one document."""
    largest: TermWeights = {}
    for part in parts:
        for term, weight in part.items():
            if weight > largest.get(term, 0.0):
                largest[term] = weight
    return largest


def dot(query: Mapping[str, float], document: Mapping[str, float]) -> float:
    """The score of a document for a query: the sum over shared terms of weight times weight."""
    if len(document) < len(query):
        query, document = document, query
    return math.fsum(weight * document[term] for term, weight in query.items() if term in document)


def escape_feature(term: str) -> str:
    """A term as the name of a feature on a cluster; `unescape_feature` gives it back.

    Dots are refused by Elasticsearch and silently lost by OpenSearch, so ``.`` becomes ``%2E``,
    and ``%`` becomes ``%25`` to keep the way back unambiguous.
    """
    return term.replace("%", _ESCAPES["%"]).replace(".", _ESCAPES["."])


def escape_features(weights: Mapping[str, float]) -> Mapping[str, float]:
    """The weights under the names of `escape_feature`; the same object where none differs."""
    # Looking at all of them at once is several times as fast.
    names = "".join(weights)
    if "." not in names and "%" not in names:
        return weights
    return {escape_feature(term): weight for term, weight in weights.items()}


def unescape_feature(feature: str) -> str:
    """The term that `escape_feature` made ``feature`` from.

    Raises:
        TermWeightsError: ``feature`` is not something that `escape_feature` writes.
    """
    pieces = feature.split("%")
    term = [pieces[0]]
    for piece in pieces[1:]:
        plain = _UNESCAPES.get("%" + piece[:2])
        if plain is None:
            raise TermWeightsError(
                f"The feature name {feature!r} was not written by this library.",
                "In escaped names '%' is followed by 25 or 2E.",
            )
        term.append(plain + piece[2:])
    return "".join(term)


def lucene_truncate(weight: float) -> float:
    """The weight as Lucene keeps it in a rank_features field: 9 significant bits, truncated.

    ``weight`` is taken as float32 first, as Lucene does: 1.003 -> 1.0, 100.7 -> 100.5.
    Source: Lucene's FeatureField, ``Float.floatToIntBits(weight) >>> 15``.

    Raises:
        TermWeightsError: ``weight`` is outside what a rank_features field accepts.
    """
    bits: int = struct.unpack("<I", struct.pack("<f", _checked_weight("weight", weight, "a term")))[
        0
    ]
    kept = bits >> _LUCENE_DROPPED_BITS << _LUCENE_DROPPED_BITS
    value: float = struct.unpack("<f", struct.pack("<I", kept))[0]
    return value


def truncate_terms(weights: Mapping[str, float]) -> TermWeights:
    """Every weight as Lucene keeps it, so that all engines score alike."""
    return {term: lucene_truncate(weight) for term, weight in weights.items()}
