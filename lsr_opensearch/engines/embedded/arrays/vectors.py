"""A document's term weights as bytes, and many documents' as columns: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lsr_opensearch.engines.embedded.arrays.postings import LOCAL, WEIGHT, Columns, grouped
from lsr_opensearch.engines.embedded.storage.failures import DamagedError
from lsr_opensearch.engines.embedded.storage.layout import (
    CAPTION_WORDS_FIELD,
    MAX_SPARSE_FIELDS,
    TERM_BITS,
    TOP_TERMS_FIELD,
)


@dataclass(frozen=True)
class PackedVectors:
    """The vectors of one document as the file holds them.

    Attributes:
        lengths: uint32, how many terms each sparse field has, then how many top terms and how
            many caption words there are.
        ids: uint32 term ids, field after field.
        weights: float32, of the sparse fields.
    """

    lengths: bytes
    ids: bytes
    weights: bytes


def packed(
    words: Sequence[Sequence[str]], weights: bytes, term_ids: Mapping[str, int]
) -> PackedVectors:
    """The vectors of a document: the words of each field, and the weights of the sparse ones."""
    lengths = np.array([len(group) for group in words], LOCAL)
    ids = np.array([term_ids[word] for group in words for word in group], LOCAL)
    return PackedVectors(lengths.tobytes(), ids.tobytes(), weights)


def unpacked(vectors: PackedVectors) -> list[tuple[list[int], list[float]]]:
    """Term ids and weights of each sparse field."""
    lengths = np.frombuffer(vectors.lengths, LOCAL).tolist()
    ids = np.frombuffer(vectors.ids, LOCAL).tolist()
    weights = np.frombuffer(vectors.weights, WEIGHT).tolist()
    if len(ids) != sum(lengths) or len(weights) != sum(lengths[:-2]):
        raise DamagedError("a document's term weights have an impossible length")
    fields = []
    start = 0
    for length in lengths[:-2]:
        fields.append((ids[start : start + length], weights[start : start + length]))
        start += length
    return fields


def inverted(documents: Sequence[PackedVectors]) -> Columns:
    """The postings of some documents; their local numbers are their places in the sequence."""
    lengths = np.frombuffer(b"".join(d.lengths for d in documents), LOCAL).astype(np.intp)
    ids = np.frombuffer(b"".join(d.ids for d in documents), LOCAL)
    weights = np.frombuffer(b"".join(d.weights for d in documents), WEIGHT)
    groups = len(lengths) // len(documents) if documents else 2
    codes = np.array(
        [*range(groups - 2), TOP_TERMS_FIELD, CAPTION_WORDS_FIELD], np.uint32
    ) << np.uint32(TERM_BITS)
    keys = np.repeat(np.tile(codes, len(documents)), lengths)
    weighted = keys < np.uint32(MAX_SPARSE_FIELDS << TERM_BITS)
    if len(keys) != len(ids) or np.count_nonzero(weighted) != len(weights):
        raise DamagedError("the documents' term weights have an impossible length")
    all_weights = np.zeros(len(ids), WEIGHT)
    all_weights[weighted] = weights
    locals_ = np.repeat(np.arange(len(lengths), dtype=np.uint32) // groups, lengths)
    return grouped(keys | ids, locals_, all_weights)
