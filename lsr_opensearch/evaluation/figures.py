"""What was measured, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.evaluation.deviation import DEPTH
from lsr_opensearch.evaluation.ranking import Effectiveness
from lsr_opensearch.evaluation.retrieval import Retrieved
from lsr_opensearch.evaluation.table import TableQueries


@dataclass(frozen=True)
class Words:
    """Whether the heaviest words of the captions, as queries, have to do with them.

    Attributes:
        exact: Exact@20, percent.
        semantic: Semantic@20; None where no word vectors were given.
    """

    exact: float | None = None
    semantic: float | None = None


@dataclass(frozen=True)
class Agreement:
    """With the dense model: Kendall's tau, mean of both directions; Pearson, text to image."""

    kendall: float | None = None
    pearson: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """What was measured on one split; None where it makes no sense or could not be.

    Attributes:
        found: the runs: ``t2i`` and ``i2t``, how texts find their images and images their texts,
            and ``t2i-table`` where the model has a table for queries.
        effectiveness: of each of them.
        flops: of captions as queries and images as documents.
        terms_image, terms_text: words with a weight of an image, and of a caption as a query.
        index_bytes: of the images, on disk; of dense ones, in memory.
        dense: the same of the dense vectors.
    """

    captions: int
    images: int
    found: Mapping[str, Retrieved]
    effectiveness: Mapping[str, Effectiveness]
    flops: float
    terms_image: float
    terms_text: float
    index_bytes: int
    words: Words = Words()
    table: TableQueries | None = None
    agreement: Agreement = Agreement()
    dense: Evaluation | None = None

    def as_json(self) -> dict[str, Any]:
        """One object for programs; percent, words, milliseconds and bytes."""
        words, agreement = self.words, self.agreement
        return {
            "captions": self.captions,
            "images": self.images,
            "t2i": self.effectiveness["t2i"].as_json(),
            "i2t": self.effectiveness["i2t"].as_json(),
            "flops": round(self.flops, 3),
            f"exact@{DEPTH}": _rounded(words.exact, 2),
            f"semantic@{DEPTH}": _rounded(words.semantic, 4),
            "terms_image": round(self.terms_image, 1),
            "terms_text": round(self.terms_text, 1),
            "kendall": _rounded(agreement.kendall, 4),
            "pearson": _rounded(agreement.pearson, 4),
            "query_ms": round(self.found["t2i"].query_ms, 3),
            "index_bytes": self.index_bytes,
            "dense": self._dense_json(),
            "table": self._table_json(),
        }

    def _dense_json(self) -> dict[str, Any] | None:
        if self.dense is None:
            return None
        shown = self.dense.as_json()
        return {name: shown[name] for name in ("t2i", "i2t", "flops", "terms_image", "terms_text")}

    def _table_json(self) -> dict[str, Any] | None:
        if self.table is None:
            return None
        return self.effectiveness["t2i-table"].as_json() | {
            "encode_ms": round(self.table.encode_ms, 4),
            "network_encode_ms": _rounded(self.table.network_encode_ms, 3),
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
