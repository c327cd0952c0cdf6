"""Queries without any network, beside those of the network: what they are and what they take."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lsr_opensearch.datasets.dataset import Dataset
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.terms import TermWeights

# Queries through the network that are enough to time it.
_TIMED = 200


@dataclass(frozen=True)
class TableQueries:
    """The captions as queries by a model's table.

    Attributes:
        queries: by the ids of the captions.
        encode_ms: time of one by the table, milliseconds.
        network_encode_ms: of one by the network; None where the model has no network.
    """

    queries: dict[str, TermWeights]
    encode_ms: float
    network_encode_ms: float | None


def queries_by_table(encoder: D2SEncoder, dataset: Dataset) -> TableQueries:
    """The captions of a split as queries by the table; both ways are timed one by one."""
    by_table = encoder.with_queries("table")
    queries, table_ms = _timed(by_table, dataset.captions)
    network_ms = None
    if encoder.has_network:
        _, network_ms = _timed(encoder.with_queries("network"), dataset.captions[:_TIMED])
    return TableQueries(dict(zip(dataset.caption_ids, queries, strict=True)), table_ms, network_ms)


def _timed(encoder: D2SEncoder, queries: tuple[str, ...]) -> tuple[list[TermWeights], float]:
    """Their term weights, and milliseconds a query once everything is loaded."""
    encoder.encode_queries(queries[:1])
    begun = time.perf_counter()
    found = [encoder.encode_queries([query])[0] for query in queries]
    return found, 1000 * (time.perf_counter() - begun) / len(queries)
