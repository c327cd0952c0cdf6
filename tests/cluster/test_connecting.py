"""Connections to real nodes: every client with every server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from filelock import FileLock
from opensearchpy import OpenSearch

from lsr_opensearch.engines.cluster.connection import (
    ConnectionOptions,
    connection_for,
    open_connection,
)
from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import (
    ClusterRequestError,
    UsageError,
)

from .nodes.endpoint import Endpoint
from .nodes.places import CACHE, make

ELASTICSEARCHES = [
    "elasticsearch7_node",
    pytest.param("elasticsearch8_node", marks=pytest.mark.more_nodes),
    "elasticsearch_node",
]
OPENSEARCHES = [
    pytest.param("opensearch2_node", marks=pytest.mark.more_nodes),
    "opensearch_node",
    pytest.param("opensearch38_node", marks=pytest.mark.more_nodes),
]


def open_to(endpoint: Endpoint, named: bool = True) -> ClusterConnection:
    """A connection to a node, as its administrator."""
    prefix = f"{endpoint.engine}+" if named else ""
    options = ConnectionOptions(ca_certs=endpoint.ca_file)
    if endpoint.user:
        options = ConnectionOptions(
            user=endpoint.user.name, password=endpoint.user.password, ca_certs=endpoint.ca_file
        )
    return open_connection(prefix + endpoint.url, options, {})


def work(connection: ClusterConnection, index: str) -> dict[str, Any]:
    """What the rest of the engine does over a connection, in small."""
    index_settings = {"settings": {"number_of_replicas": 0}}
    connection.ask("PUT", f"/{index}", body=index_settings)
    connection.ask("PUT", f"/{index}/_alias/{index}-alias")
    lines = "".join(
        json.dumps({"index": {"_id": str(n)}}) + "\n" + json.dumps({"n": n, "t": "ä🐕"}) + "\n"
        for n in range(3)
    )
    bulk = connection.send(
        "POST", f"/{index}/_bulk", params={"refresh": "true"}, body=lines.encode()
    )
    found = connection.ask(
        "POST", f"/{index}-alias/_search", params={"size": "2"}, body={"query": {"match_all": {}}}
    )
    return {
        "engine": connection.server.engine,
        "version": connection.server.version,
        "errors": bulk.body["errors"],
        "total": found.body["hits"]["total"]["value"],
        "hits": len(found.body["hits"]["hits"]),
        "text": found.body["hits"]["hits"][0]["_source"]["t"],
        "exists": connection.send("HEAD", f"/{index}").status,
        "missing": connection.send("HEAD", f"/{index}-none").status,
        "alias": sorted(connection.ask("GET", f"/_alias/{index}-alias").body),
    }


def expected(endpoint: Endpoint, index: str) -> dict[str, Any]:
    numbers = tuple(int(number) for number in endpoint.version().split("-")[0].split("."))
    return {
        "engine": endpoint.engine,
        "version": numbers,
        "errors": False,
        "total": 3,
        "hits": 2,
        "text": "ä🐕",
        "exists": 200,
        "missing": 404,
        "alias": [index],
    }


@pytest.mark.parametrize("fixture", [*OPENSEARCHES, *ELASTICSEARCHES])
@pytest.mark.parametrize("named", [True, False])
def test_the_installed_clients_work_with_every_server(
    fixture: str, named: bool, index_name: str, request: pytest.FixtureRequest
) -> None:
    endpoint: Endpoint = request.getfixturevalue(fixture)
    connection = open_to(endpoint, named)

    assert work(connection, index_name) == expected(endpoint, index_name)
    connection.close()


@pytest.fixture(scope="session")
def other_elasticsearch_py() -> Path:
    """A folder with elasticsearch-py of the major version that is not installed here."""
    import elasticsearch

    major = 8 if elasticsearch.__version__[0] == 9 else 9
    folder = make(CACHE) / f"elasticsearch-py-{major}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            install = [sys.executable, "-m", "pip", "install", "-qq", "--target", str(folder)]
            done = subprocess.run(
                [*install, f"elasticsearch=={major}.*"], capture_output=True, text=True
            )
            if done.returncode and not os.environ.get("CI"):
                pytest.skip(f"elasticsearch-py {major} cannot be installed: {done.stderr[-300:]}")
            assert done.returncode == 0, done.stderr
            (folder / "complete").touch()
    return folder


@pytest.mark.parametrize("fixture", [*ELASTICSEARCHES, "elasticsearch_secure_node"])
def test_the_other_major_version_of_the_client_works_with_every_server(
    fixture: str,
    index_name: str,
    other_elasticsearch_py: Path,
    request: pytest.FixtureRequest,
) -> None:
    endpoint: Endpoint = request.getfixturevalue(fixture)
    user = (endpoint.user.name, endpoint.user.password) if endpoint.user else (None, None)
    code = f"""
import json, elasticsearch
from tests.cluster.nodes.endpoint import Endpoint, User
from tests.cluster.test_connecting import open_to, work
user = {user!r}
endpoint = Endpoint(
    "elasticsearch", {endpoint.url!r}, None, User(*user) if user[0] else None, {endpoint.ca_file!r}
)
result = work(open_to(endpoint), {index_name!r})
print(json.dumps({{"major": elasticsearch.__version__[0], "result": result}}))
"""
    done = _run(code, other_elasticsearch_py)

    import elasticsearch

    assert done["major"] != elasticsearch.__version__[0]
    assert {**done["result"], "version": tuple(done["result"]["version"])} == expected(
        endpoint, index_name
    )


def _run(code: str, folder: Path) -> Any:
    """What a program prints that finds the packages in a folder first."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        env={**os.environ, "PYTHONPATH": f"{folder}:{root}"},
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("fixture", OPENSEARCHES)
def test_a_callers_opensearch_client_works(
    fixture: str, index_name: str, request: pytest.FixtureRequest
) -> None:
    endpoint: Endpoint = request.getfixturevalue(fixture)
    client = OpenSearch(endpoint.url)

    assert work(connection_for(client), index_name) == expected(endpoint, index_name)
    assert client.indices.exists(index=index_name)
    client.close()


def test_a_callers_elasticsearch_client_works(
    elasticsearch_node: Endpoint, index_name: str
) -> None:
    client = Elasticsearch(elasticsearch_node.url)

    assert work(connection_for(client), index_name) == expected(elasticsearch_node, index_name)
    assert client.indices.exists(index=index_name)
    client.close()


@pytest.mark.filterwarnings("default::elasticsearch.exceptions.ElasticsearchWarning")
@pytest.mark.parametrize("fixture", ELASTICSEARCHES)
def test_a_callers_client_of_the_major_version_before_works_with_every_server(
    fixture: str,
    index_name: str,
    other_elasticsearch_py: Path,
    request: pytest.FixtureRequest,
) -> None:
    endpoint: Endpoint = request.getfixturevalue(fixture)
    code = f"""
import elasticsearch, json, warnings
warnings.simplefilter("ignore")
from lsr_opensearch.engines.cluster.connection import connection_for
from tests.cluster.test_connecting import work
result = work(connection_for(elasticsearch.Elasticsearch({endpoint.url!r})), {index_name!r})
print(json.dumps({{"major": elasticsearch.__version__[0], "result": result}}))
"""
    done = _run(code, other_elasticsearch_py)

    assert done["major"] == 8
    assert {**done["result"], "version": tuple(done["result"]["version"])} == expected(
        endpoint, index_name
    )


@pytest.mark.more_nodes
def test_a_callers_client_that_is_too_new_is_told_as_that(elasticsearch8_node: Endpoint) -> None:
    client = Elasticsearch(elasticsearch8_node.url)
    with pytest.raises(ClusterRequestError, match="elasticsearch-py"):
        connection_for(client).ask("GET", "/_cluster/health")
    client.close()


def test_elasticsearchs_client_is_refused_on_opensearch(opensearch_node: Endpoint) -> None:
    client = Elasticsearch(opensearch_node.url)
    with pytest.raises(UsageError, match="opensearch-py"):
        _ = connection_for(client).server
    client.close()


@pytest.mark.parametrize(
    ("named", "fixture"),
    [("opensearch", "elasticsearch_node"), ("elasticsearch", "opensearch_node")],
)
def test_the_other_engine_is_told_as_that(
    named: str, fixture: str, request: pytest.FixtureRequest
) -> None:
    endpoint: Endpoint = request.getfixturevalue(fixture)
    with pytest.raises(UsageError, match="other engine"):
        _ = open_connection(f"{named}+{endpoint.url}", environ={}).server
