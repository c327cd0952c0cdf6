"""What the questions of `query.bodies.coverage` answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lsr_opensearch.engines.cluster.hits import check_complete
from lsr_opensearch.errors import ClusterRequestError


def known_terms(answer: Mapping[str, Any], terms: Sequence[str]) -> set[str]:
    """Those of ``terms`` that were found; ``answer`` is that of ``_msearch``.

    Raises:
        ClusterRequestError: one of the searches failed.
        ClusterUnreachableError: a part of the index did not answer.
    """
    known = set()
    for term, found in zip(terms, answer["responses"], strict=True):
        if "error" in found:
            raise ClusterRequestError(
                f"The cluster cannot look up the term {term!r}: {found['error'].get('reason')}.",
                "Look at the cluster's log.",
            )
        check_complete(found)
        if found["hits"]["total"]["value"]:
            known.add(term)
    return known


def bucket_counts(answer: Mapping[str, Any]) -> dict[str, int]:
    """Value -> number of documents, most frequent first.

    Raises:
        ClusterUnreachableError: a part of the index did not answer.
    """
    check_complete(answer)
    buckets = answer["aggregations"]["counts"]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}
