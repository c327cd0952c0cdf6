"""What queries without any network cost in effectiveness and save in time."""

from __future__ import annotations

import time
from typing import Any

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.evaluation.evaluate import NewIndex, judgements
from lsr_opensearch.evaluation.ranking import effectiveness
from lsr_opensearch.evaluation.retrieval import retrieve


def evaluate_table(
    encoder: D2SEncoder, dataset: DenseDataset, new_index: NewIndex
) -> dict[str, Any]:
    """Text to image with the captions as queries by the table; encoding times of both ways.

    Returns:
        R@k and MRR@10, ``encode_ms`` of a query by the table and ``network_encode_ms`` (None
        where the model has no network).
    """
    by_table = encoder.with_queries("table")
    begun = time.perf_counter()
    texts = by_table.encode_queries(dataset.captions)
    table_ms = 1000 * (time.perf_counter() - begun) / len(texts)
    network_ms = None
    if encoder.has_network:
        by_network = encoder.with_queries("network")
        by_network.encode_queries(dataset.captions[:1])
        begun = time.perf_counter()
        for caption in dataset.captions[:200]:
            by_network.encode_queries([caption])
        network_ms = 1000 * (time.perf_counter() - begun) / min(200, len(texts))
    images = encoder.encode_vectors(dataset.image_vectors)
    with new_index() as index:
        found = retrieve(
            index,
            dict(zip(dataset.image_ids, images, strict=True)),
            dict(zip(dataset.caption_ids, texts, strict=True)),
        )
    return effectiveness(found.run, judgements(dataset)["t2i"]).as_json() | {
        "encode_ms": round(table_ms, 4),
        "network_encode_ms": None if network_ms is None else round(network_ms, 3),
    }
