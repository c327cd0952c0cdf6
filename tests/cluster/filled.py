"""Indices that are filled and searched by the library's own bodies, and by nothing else of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.port import ServerInfo
from lsr_opensearch.engines.cluster.dialects import dialect
from lsr_opensearch.engines.cluster.documents import encode_document
from lsr_opensearch.engines.cluster.hits import scored_documents
from lsr_opensearch.engines.cluster.mapping import FieldType, index_body
from lsr_opensearch.engines.port import Document, Schema, ScoredDocument, SearchRequest
from lsr_opensearch.query.bodies import QueryForm, search_body

from .nodes.endpoint import Answer, Endpoint

# What speaks which form: the fixture of the node, and the type of its fields.
FORMS: dict[str, tuple[str, FieldType, QueryForm]] = {
    "OpenSearch rank_features": ("opensearch_node", "rank_features", "rank_features"),
    "OpenSearch neural_sparse": ("opensearch_node", "rank_features", "neural_sparse"),
    "Elasticsearch 7 rank_features": ("elasticsearch7_node", "rank_features", "rank_features"),
    "Elasticsearch sparse_vector": ("elasticsearch_node", "sparse_vector", "sparse_vector"),
    "Elasticsearch terms": ("elasticsearch_node", "sparse_vector", "sparse_vector_terms"),
}
SOURCE = "Pictures"


@dataclass(frozen=True)
class FilledIndex:
    """An index on a node, and the form in which it is searched."""

    node: Endpoint
    name: str
    schema: Schema
    form: QueryForm
    vectors_left_out: bool

    def body(self, request: SearchRequest, **options: Any) -> dict[str, Any]:
        return search_body(
            request,
            self.form,
            fields=self.schema.fields,
            vectors_left_out=self.vectors_left_out,
            **options,
        )

    def send(self, body: object, action: str = "_search") -> Answer:
        return self.node.request("POST", f"/{self.name}/{action}", body)

    def search(self, request: SearchRequest, **options: Any) -> list[ScoredDocument]:
        answer = self.send(self.body(request, **options))
        assert answer.status == 200, answer.body
        return scored_documents(answer.body, request)

    def ids(self, request: SearchRequest) -> list[str]:
        return [hit.document.id for hit in self.search(request)]


@contextmanager
def filled(
    request: pytest.FixtureRequest, form: str, schema: Schema, documents: Sequence[Document]
) -> Iterator[FilledIndex]:
    """A new index with these documents, as one of `FORMS`; it is deleted in the end."""
    fixture, field_type, query_form = FORMS[form]
    node: Endpoint = request.getfixturevalue(fixture)
    if query_form == "neural_sparse" and not _has_neural_search(node):
        pytest.skip("the node has no neural-search plugin")
    name = f"lsr-test-{uuid.uuid4().hex[:12]}"
    body = index_body(schema, name, engine=node.engine, field_type=field_type, loading=False)
    made = node.request("PUT", f"/{name}", body)
    assert made.status == 200, made.body
    try:
        settings = node.request("GET", f"/{name}?flat_settings=true").body[name]["settings"]
        spoken = dialect(_server(node), field_type, settings)
        if query_form == "sparse_vector" and spoken.form != query_form:
            pytest.skip("the node has no sparse_vector query")
        index = FilledIndex(node, name, schema, query_form, spoken.vectors_left_out)
        for start in range(0, len(documents), 500):
            _write(index, documents[start : start + 500])
        yield index
    finally:
        node.delete_indices(name)


def _write(index: FilledIndex, documents: Sequence[Document]) -> None:
    lines: list[object] = []
    for document in documents:
        source = encode_document(document, source=SOURCE, fields=index.schema.fields)
        lines += [{"index": {"_id": document.id}}, json.loads(source)]
    answer = index.send(lines, "_bulk?refresh=true")
    assert answer.status == 200, answer.body
    assert not answer.body["errors"], answer.body


def _has_neural_search(node: Endpoint) -> bool:
    plugins = node.request("GET", "/_cat/plugins?format=json").body
    return any("neural-search" in plugin["component"] for plugin in plugins)


def _server(node: Endpoint) -> ServerInfo:
    major, minor, patch = node.version().partition("-")[0].split(".")
    return ServerInfo(node.engine, (int(major), int(minor), int(patch)))
