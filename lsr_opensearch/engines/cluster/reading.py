"""Searches and look-ups in an index of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.counts import bucket_counts, known_terms
from lsr_opensearch.engines.cluster.dialects import Dialect, dialect
from lsr_opensearch.engines.cluster.documents import decode_whole
from lsr_opensearch.engines.cluster.generations import Generation
from lsr_opensearch.engines.cluster.hits import scored_documents
from lsr_opensearch.engines.cluster.manifest_field import stored_entry
from lsr_opensearch.engines.cluster.scanning import scan
from lsr_opensearch.engines.port import Document, IndexStatus, ScoredDocument, StoredDocument
from lsr_opensearch.query.bodies import search_body
from lsr_opensearch.query.bodies.coverage import known_terms_body, vocabulary_body
from lsr_opensearch.query.request import SearchRequest

_IDS_AT_ONCE = 1000
_TERMS_AT_ONCE = 100
# Hits from a part of the index are worse than none: nobody can tell that some are missing.
WHOLE = {"allow_partial_search_results": "false"}


class Reader:
    """Reads the index behind the alias ``name``."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def body(self, request: SearchRequest, index: Generation) -> dict[str, Any]:
        """What a request is sent as.

        Raises:
            QueryError: more hits or clauses than the cluster takes, or an unknown field.
        """
        spoken = self._dialect(index)
        return search_body(
            request,
            spoken.form,
            fields=list(index.schema.fields),
            vectors_left_out=spoken.vectors_left_out,
        )

    def search(self, request: SearchRequest, index: Generation) -> tuple[list[ScoredDocument], str]:
        """The best hits, and the name of the index that they came from (empty without hits).

        Raises:
            QueryError, ClusterError: as in `ClusterIndex.search`.
        """
        answer = self._connection.ask(
            "POST", f"/{self._name}/_search", params=WHOLE, body=self.body(request, index)
        ).body
        hits = answer["hits"]["hits"]
        return scored_documents(answer, request), hits[0]["_index"] if hits else ""

    def fetch(self, ids: Sequence[str], index: Generation) -> dict[str, Document]:
        """The documents of these ids, as they are at this moment; unknown ids are left out."""
        found: dict[str, Document] = {}
        params = (
            {"_source_exclude_vectors": "false"} if self._dialect(index).vectors_left_out else {}
        )
        for start in range(0, len(ids), _IDS_AT_ONCE):
            answer = self._connection.ask(
                "POST",
                f"/{self._name}/_mget",
                params=params,
                body={"ids": list(ids[start : start + _IDS_AT_ONCE])},
            )
            for one in answer.body["docs"]:
                if one.get("found"):
                    document = decode_whole(one, index.schema.fields)
                    found[document.id] = document
        return found

    def stored(self, source: str, index: Generation) -> Iterator[StoredDocument]:
        """Every document of a source, ascending by id, with the entry that it keeps; all term
        weights are read on the way, and none is kept."""
        fields = list(index.schema.fields)
        hits = scan(
            self._connection,
            self._name,
            source,
            ["manifest", "top_terms", *fields],
            vectors_left_out=self._dialect(index).vectors_left_out,
        )
        for hit in hits:
            whole = decode_whole(hit, fields).has_its_terms
            yield StoredDocument(hit["_id"], stored_entry(hit), whole)

    def known_terms(self, terms: Sequence[str], index: Generation) -> set[str]:
        """Those of ``terms`` that at least one document contains."""
        known: set[str] = set()
        for start in range(0, len(terms), _TERMS_AT_ONCE):
            part = terms[start : start + _TERMS_AT_ONCE]
            body = known_terms_body(part, list(index.schema.fields), self._dialect(index).form)
            answer = self._connection.ask("POST", f"/{self._name}/_msearch", body=body)
            known |= known_terms(answer.body, part)
        return known

    def top_terms(self) -> list[str]:
        """The terms that are most often among a document's strongest."""
        answer = self._connection.ask(
            "POST", f"/{self._name}/_search", params=WHOLE, body=vocabulary_body()
        )
        return list(bucket_counts(answer.body))

    def status(self, index: Generation) -> IndexStatus:
        """Counts and sizes; of the strongest terms, the number of different ones is an estimate."""
        answer = self._connection.ask(
            "POST",
            f"/{self._name}/_search",
            params=WHOLE,
            body={
                "size": 0,
                "track_total_hits": True,
                "aggs": {"terms": {"cardinality": {"field": "top_terms"}}},
            },
        ).body
        return IndexStatus(
            documents=answer["hits"]["total"]["value"],
            terms=answer["aggregations"]["terms"]["value"],
            bytes_on_disk=self._bytes_on_disk(),
            store={
                "engine": self._connection.server.engine,
                "version": ".".join(map(str, self._connection.server.version or ())),
                "index": index.index,
                "uuid": index.uuid,
                "field_type": index.field_type,
            },
            counts_all_terms=False,
        )

    def _bytes_on_disk(self) -> int:
        """Of all copies; 0 where the user may not know."""
        answer = self._connection.ask(
            "GET",
            f"/{self._name}/_stats/store",
            params={"filter_path": "_all.total.store.size_in_bytes"},
            allowed=(403,),
        )
        if not answer.ok:
            return 0
        return int(
            answer.body.get("_all", {}).get("total", {}).get("store", {}).get("size_in_bytes", 0)
        )

    def _dialect(self, index: Generation) -> Dialect:
        return dialect(self._connection.server, index.field_type, index.settings)
