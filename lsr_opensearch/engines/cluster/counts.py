"""What the questions of `query.bodies.coverage` answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.hits import check_complete
from lsr_opensearch.errors import ClusterRequestError
from lsr_opensearch.query.bodies.coverage import source_counts_body


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


def source_counts(connection: Connection, index: str) -> dict[str, int]:
    """Source -> its documents in an index, bound or not, most frequent first; empty for those that
    are of no source."""
    answer = connection.ask("POST", f"/{index}/_search", body=source_counts_body())
    return bucket_counts(answer.body)


def bucket_counts(answer: Mapping[str, Any]) -> dict[str, int]:
    """Value -> number of documents, most frequent first.

    Raises:
        ClusterUnreachableError: a part of the index did not answer.
    """
    check_complete(answer)
    buckets = answer["aggregations"]["counts"]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}
