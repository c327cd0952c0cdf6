"""What a document says of its own term weights, to tell when they are gone or others."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Mapping
from typing import Any

from lsr_opensearch.terms import TermWeights

# Where it lies in a document's manifest field, of which no mapping looks at the contents.
TERMS = "terms"
_DIGEST_BYTES = 8
_SIZE = array("f").itemsize
_TOP_BIT = bytes(byte & 0x80 for byte in range(256))


def term_digests(terms: Mapping[str, TermWeights]) -> dict[str, str]:
    """Sparse field -> digest of its weights, for the fields that have any.

    Of a weight only what Lucene keeps counts (`terms.lucene_truncate`): an index that gives weights
    back from what it searches gives no more.
    """
    return {field: _digest(weights) for field, weights in terms.items() if weights}


def has_its_terms(source: Mapping[str, Any], terms: Mapping[str, TermWeights]) -> bool:
    """Whether ``terms``, as they came with a document, are those that it was written with.

    A document without digests was written by an earlier version or by another program: it lacks its
    terms where it says which are the strongest and brings none.

    Args:
        source: the document, with at least its manifest field and its top terms.
    """
    manifest = source.get("manifest")
    said = manifest.get(TERMS) if isinstance(manifest, Mapping) else None
    if isinstance(said, Mapping):
        return said == term_digests(terms)
    return any(terms.values()) or not source.get("top_terms")


def _digest(weights: TermWeights) -> str:
    names = sorted(weights)
    digest = hashlib.blake2b("\0".join(names).encode("utf-8", "replace"), digest_size=_DIGEST_BYTES)
    numbers = array("f", [weights[name] for name in names])
    if sys.byteorder == "big":
        numbers.byteswap()
    raw = numbers.tobytes()
    # All but the lowest 15 bits, without a loop over the weights.
    digest.update(raw[1::_SIZE].translate(_TOP_BIT) + raw[2::_SIZE] + raw[3::_SIZE])
    return digest.hexdigest()
