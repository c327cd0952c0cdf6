"""The nodes that the other tests rely on are what they claim to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .nodes.endpoint import Endpoint
from .nodes.kinds import OPENSEARCH2
from .nodes.node import Node
from .nodes.users import NOBODY, READER, WRITER, User

_WEIGHTS = {"red": 1.5, "bicycle": 2.0}


def test_a_shared_node_speaks_the_version_asked_for(node: Endpoint) -> None:
    if node.kind is None:
        pytest.skip("the user's cluster has the version it has")

    assert node.version() == node.kind.version


def test_a_cluster_of_the_users_own_is_asked_for_the_type_of_its_fields(node: Endpoint) -> None:
    users = Endpoint.of_user(node.engine, node.url)
    if node.kind is None:
        pytest.skip("what the user's cluster has is not known beforehand")
    lacking = node.kind.name in ("elasticsearch", "elasticsearch8")
    assert users.field_type == ("sparse_vector" if lacking else "rank_features")


@pytest.mark.parametrize(
    "fixture", ["opensearch2_node", "opensearch38_node", "elasticsearch8_node"]
)
@pytest.mark.more_nodes
def test_another_node_speaks_the_version_asked_for(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    node: Endpoint = request.getfixturevalue(fixture)

    assert node.kind is not None
    assert node.version() == node.kind.version


@pytest.mark.parametrize("fixture", ["opensearch_secure_node", "elasticsearch_secure_node"])
def test_a_wrong_password_is_refused(fixture: str, request: pytest.FixtureRequest) -> None:
    node: Endpoint = request.getfixturevalue(fixture)

    assert node.request("GET", "/_cluster/health", user=User("admin", "wrong")).status == 401


@pytest.mark.parametrize("fixture", ["opensearch_secure_node", "elasticsearch_secure_node"])
def test_a_reader_reads_what_a_writer_wrote_and_writes_nothing(
    fixture: str, request: pytest.FixtureRequest, index_name: str
) -> None:
    node: Endpoint = request.getfixturevalue(fixture)
    document = f"/{index_name}/_doc/1"

    assert node.request("PUT", document, {"name": "a photo"}, user=WRITER).status == 201
    assert node.request("GET", document, user=READER).body["_source"] == {"name": "a photo"}
    assert node.request("PUT", document, {"name": "another"}, user=READER).status == 403
    assert node.request("GET", document, user=NOBODY).status == 403


def test_a_user_of_opensearch_may_not_ask_what_it_is(opensearch_secure_node: Endpoint) -> None:
    assert opensearch_secure_node.request("GET", "/", user=WRITER).status == 403


def test_an_api_key_opens_elasticsearch(elasticsearch_secure_node: Endpoint) -> None:
    kind = elasticsearch_secure_node.kind
    if kind is None or not kind.has_api_keys:
        pytest.skip("API keys need a module that is compiled: install a Java development kit")

    made = elasticsearch_secure_node.request("POST", "/_security/api_key", {"name": "lsr-test"})

    assert made.status == 200, made.body
    assert made.body["encoded"]


def test_a_node_listens_on_the_loopback_interface_alone(node: Endpoint) -> None:
    if node.kind is None:
        pytest.skip("the user's cluster listens where it likes")
    (found,) = node.request("GET", "/_nodes/_local/http,transport").body["nodes"].values()

    addresses = found["http"]["bound_address"] + found["transport"]["bound_address"]
    assert {address.rpartition(":")[0] for address in addresses} == {"127.0.0.1"}


def test_an_acknowledged_document_outlives_the_power_cut(
    start_node: Callable[..., Node], index_name: str
) -> None:
    with start_node(OPENSEARCH2) as own:
        written = own.request("PUT", f"/{index_name}/_doc/1", {"name": "a photo"})
        assert written.status == 201

        own.restart()

        assert own.request("GET", f"/{index_name}/_doc/1").body["_source"] == {"name": "a photo"}


@pytest.mark.parametrize("fixture", ["opensearch_node", "elasticsearch7_node"])
def test_rank_features_score_linearly(
    fixture: str, request: pytest.FixtureRequest, index_name: str
) -> None:
    node: Endpoint = request.getfixturevalue(fixture)
    _index(node, index_name, {"terms": {"type": "rank_features"}}, {"terms": _WEIGHTS})
    clause = {"field": "terms.bicycle", "linear": {}, "boost": 3}

    assert _scores(node, index_name, {"rank_feature": clause}) == [6.0]


def test_neural_sparse_scores_given_tokens(opensearch_node: Endpoint, index_name: str) -> None:
    if opensearch_node.kind is not None and not opensearch_node.kind.has_neural_sparse:
        pytest.skip("the node that this machine's Java can run has no neural search")
    _index(opensearch_node, index_name, {"terms": {"type": "rank_features"}}, {"terms": _WEIGHTS})
    query = {"neural_sparse": {"terms": {"query_tokens": {"bicycle": 3, "red": 1}}}}

    assert _scores(opensearch_node, index_name, query) == [7.5]


def test_sparse_vector_scores_a_term(elasticsearch_node: Endpoint, index_name: str) -> None:
    mapping = {"terms": {"type": "sparse_vector"}}
    _index(elasticsearch_node, index_name, mapping, {"terms": _WEIGHTS})
    query = {"term": {"terms": {"value": "bicycle", "boost": 3}}}

    assert _scores(elasticsearch_node, index_name, query) == [6.0]


def _index(node: Endpoint, name: str, properties: object, document: object) -> None:
    created = node.request("PUT", f"/{name}", {"mappings": {"properties": properties}})
    assert created.status == 200, created.body
    written = node.request("PUT", f"/{name}/_doc/1?refresh=true", document)
    assert written.status == 201, written.body


def _scores(node: Endpoint, name: str, query: object) -> list[float]:
    found = node.request("POST", f"/{name}/_search", {"query": query})
    assert found.status == 200, found.body
    return [hit["_score"] for hit in found.body["hits"]["hits"]]
