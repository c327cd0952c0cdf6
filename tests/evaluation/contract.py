"""What `lsr-os eval --json` promises of every model."""

from __future__ import annotations

import math
from typing import Any

_KEYS = {
    *("model", "data", "split", "fingerprint", "captions", "images", "t2i", "i2t", "flops"),
    *("exact@20", "semantic@20", "word_vectors", "terms_image", "terms_text"),
    *("kendall", "pearson", "query_ms", "index_bytes", "dense", "table"),
}
_ABOVE_0 = ("captions", "images", "flops", "terms_image", "terms_text", "query_ms", "index_bytes")


def check_figures(found: dict[str, Any]) -> None:
    """That all of the keys are there, and that what can always be measured is a number."""
    assert set(found) == _KEYS
    for name in ("t2i", "i2t"):
        check_effectiveness(found[name])
    for name in _ABOVE_0:
        assert 0 < found[name] < math.inf, name
    assert 0 <= found["exact@20"] <= 100


def check_effectiveness(found: dict[str, float]) -> None:
    assert set(found) == {"R@1", "R@5", "R@10", "MRR@10"}
    assert found["R@1"] <= found["MRR@10"] <= found["R@10"]
    assert 0 <= found["R@1"] <= found["R@5"] <= found["R@10"] <= 100
