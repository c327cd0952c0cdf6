"""Fixtures that give tests real nodes."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from .nodes import start
from .nodes.endpoint import Endpoint
from .nodes.kinds import (
    ELASTICSEARCH,
    ELASTICSEARCH7,
    ELASTICSEARCH8,
    ELASTICSEARCH_SECURE,
    OPENSEARCH,
    OPENSEARCH2,
    OPENSEARCH38,
    OPENSEARCH_SECURE,
    Engine,
    NodeKind,
)
from .nodes.node import Node
from .nodes.shared import shared_node
from .nodes.unavailable import NodeUnavailableError

_HERE = Path(__file__).parent
_URL_OF_USERS_CLUSTER: Mapping[Engine, str] = {
    "opensearch": "LSR_TEST_OPENSEARCH_URL",
    "elasticsearch": "LSR_TEST_ELASTICSEARCH_URL",
}

_MORE_NODES = {"opensearch2_node", "opensearch38_node", "elasticsearch8_node"}

# By URL: the shared nodes that tests of this process have used.
_in_use: dict[str, Endpoint] = {}


@pytest.hookimpl(tryfirst=True)  # Before `-m` looks at the markers.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder needs a node."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker("cluster")
            if _MORE_NODES.intersection(getattr(item, "fixturenames", ())):
                item.add_marker("more_nodes")


@pytest.fixture(scope="session")
def opensearch_node() -> Endpoint:
    """OpenSearch with neural search (rank_features, neural_sparse), or the user's cluster."""
    return _users_or_shared(OPENSEARCH)


@pytest.fixture(scope="session")
def elasticsearch_node() -> Endpoint:
    """A current Elasticsearch (sparse_vector, no rank_features), or the user's cluster."""
    return _users_or_shared(ELASTICSEARCH)


@pytest.fixture(scope="session")
def elasticsearch7_node() -> Endpoint:
    """The oldest Elasticsearch that is supported (rank_features)."""
    return _shared(ELASTICSEARCH7)


@pytest.fixture(scope="session")
def opensearch_secure_node() -> Endpoint:
    """OpenSearch with TLS and the users of `nodes.users`; asks as ADMIN unless told otherwise."""
    return _shared(OPENSEARCH_SECURE)


@pytest.fixture(scope="session")
def elasticsearch_secure_node() -> Endpoint:
    """Elasticsearch with TLS and the same users; `kind.has_api_keys` says whether it makes keys."""
    return _shared(ELASTICSEARCH_SECURE)


@pytest.fixture(scope="session")
def opensearch2_node() -> Endpoint:
    """The last OpenSearch 2."""
    return _shared(OPENSEARCH2)


@pytest.fixture(scope="session")
def opensearch38_node() -> Endpoint:
    """The newest OpenSearch."""
    return _shared(OPENSEARCH38)


@pytest.fixture(scope="session")
def elasticsearch8_node() -> Endpoint:
    """The last Elasticsearch 8."""
    return _shared(ELASTICSEARCH8)


@pytest.fixture(params=["opensearch_node", "elasticsearch_node", "elasticsearch7_node"])
def node(request: pytest.FixtureRequest) -> Endpoint:
    """Each of the shared nodes in turn."""
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


@pytest.fixture
def index_name() -> Iterator[str]:
    """A name that is free on every node; all indices whose names start with it are deleted."""
    name = f"lsr-test-{uuid.uuid4().hex[:12]}"
    yield name
    for endpoint in _in_use.values():
        endpoint.delete_indices(f"{name}*")


@pytest.fixture
def start_node() -> Callable[..., AbstractContextManager[Node]]:
    """Starts a node of the test's own, one that it may break.

    `with start_node(OPENSEARCH2, settings={"http.max_content_length": "1mb"}) as node:`
    """

    @contextmanager
    def started(
        kind: NodeKind,
        settings: Mapping[str, object] | None = None,
        heap_mb: int = start.DEFAULT_HEAP_MB,
    ) -> Iterator[Node]:
        try:
            own = start.start_node(kind, settings, heap_mb)
        except NodeUnavailableError as error:
            _no_node(error)
        with own:
            yield own

    return started


def _users_or_shared(kind: NodeKind) -> Endpoint:
    if url := os.environ.get(_URL_OF_USERS_CLUSTER[kind.engine]):
        return _in_use.setdefault(url, Endpoint.of_user(kind.engine, url))
    return _shared(kind)


def _shared(kind: NodeKind) -> Endpoint:
    try:
        endpoint = shared_node(kind)
    except NodeUnavailableError as error:
        _no_node(error)
    return _in_use.setdefault(endpoint.url, endpoint)


def _no_node(error: NodeUnavailableError) -> NoReturn:
    """A developer may lack Java; continuous integration may not."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))
