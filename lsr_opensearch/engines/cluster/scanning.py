"""Every document of an index, page by page, in the order of the ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection

_PAGE = 1000


def scan(
    connection: Connection,
    index: str,
    source: str | None,
    fields: Sequence[str] | bool = False,
    *,
    vectors_left_out: bool = False,
) -> Iterator[dict[str, Any]]:
    """The hits of all documents, of one source or of all, each with ``_id`` and ``_version``.

    What is written meanwhile may or may not be among them; what was written before is, once the
    index has been refreshed.

    Args:
        fields: of the document to bring along; True for all of it.
        vectors_left_out: sparse vectors among ``fields`` have to be asked for (`dialects.Dialect`).
    """
    query = {"match_all": {}} if source is None else {"term": {"source": source}}
    body: dict[str, Any] = {
        "size": _PAGE,
        "query": query,
        "sort": [{"id": "asc"}],
        "version": True,
        "track_total_hits": False,
        "_source": fields if isinstance(fields, bool) else list(fields),
    }
    if vectors_left_out:
        body["_source"] = {"includes": body["_source"], "exclude_vectors": False}
    while True:
        answer = connection.ask(
            "POST",
            f"/{index}/_search",
            params={"allow_partial_search_results": "false"},
            body=body,
        )
        hits: list[dict[str, Any]] = answer.body["hits"]["hits"]
        yield from hits
        if len(hits) < _PAGE:
            return
        body["search_after"] = hits[-1]["sort"]
