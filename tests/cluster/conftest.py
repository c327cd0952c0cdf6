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
from .nodes.kinds import ELASTICSEARCH, ELASTICSEARCH7, OPENSEARCH, Engine, NodeKind
from .nodes.node import Node
from .nodes.shared import shared_node
from .nodes.unavailable import NodeUnavailableError

_HERE = Path(__file__).parent
_URL_OF_USERS_CLUSTER: Mapping[Engine, str] = {
    "opensearch": "LSR_TEST_OPENSEARCH_URL",
    "elasticsearch": "LSR_TEST_ELASTICSEARCH_URL",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder needs a node."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker("cluster")


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


@pytest.fixture(params=["opensearch_node", "elasticsearch_node", "elasticsearch7_node"])
def node(request: pytest.FixtureRequest) -> Endpoint:
    """Each of the shared nodes in turn."""
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


@pytest.fixture
def index_name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name that is free on every node; all indices whose names start with it are deleted."""
    name = f"lsr-test-{uuid.uuid4().hex[:12]}"
    yield name
    for value in request.node.funcargs.values():
        if isinstance(value, Endpoint):
            value.delete_indices(f"{name}*")


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
        return Endpoint.of_user(kind.engine, url)
    return _shared(kind)


def _shared(kind: NodeKind) -> Endpoint:
    try:
        return shared_node(kind)
    except NodeUnavailableError as error:
        _no_node(error)


def _no_node(error: NodeUnavailableError) -> NoReturn:
    """A developer may lack Java; continuous integration may not."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))
