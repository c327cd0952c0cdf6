"""The cluster that stands in for failing ones answers as real ones do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.faults.server import serving

from .nodes.endpoint import Answer, Endpoint

_LATE = {"version_type": "external_gte"}
_REQUIRED = "require_alias=true"
_BY_ID = {"field": "id", "size": 10, "missing": ""}


def _bulk(*actions: object) -> list[object]:
    return list(actions)


def _index(key: str, revision: int) -> Mapping[str, Any]:
    return {"index": {"_id": key, "version": revision, **_LATE}}


def _delete(key: str, revision: int) -> Mapping[str, Any]:
    return {"delete": {"_id": key, "version": revision, **_LATE}}


def _conversation(name: str) -> list[tuple[str, str, object]]:
    """Requests about indexes whose names begin with ``name``."""
    first, second = f"{name}-1", f"{name}-2"
    body = {
        # A slow node would refresh by itself between a write and the count after it.
        "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"},
        "mappings": {"dynamic": "strict", "properties": {"id": {"type": "keyword"}}},
        "aliases": {name: {}},
    }
    by_id = {"size": 2, "sort": [{"id": "asc"}], "version": True, "_source": ["id"]}
    return [
        ("HEAD", f"/{first}", None),
        ("GET", f"/{name}", None),
        ("PUT", f"/{first}", body),
        ("PUT", f"/{first}", body),
        ("GET", f"/{name}-*?filter_path=*.aliases", None),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("a", 5), {"id": "a"})),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("a", 4), {"id": "late"})),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("a", 5), {"id": "again"})),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_delete("b", 3), _delete("a", 4))),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("b", 2), {"id": "b"})),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("c", 1), {"colour": "red"})),
        ("POST", f"/{first}/_bulk?{_REQUIRED}", _bulk(_index("c", 1), {"id": "c"})),
        ("POST", f"/{name}/_bulk", _bulk(_index("c", 1), {"id": "c"}, _index("d", 1), {"id": "d"})),
        ("GET", f"/{name}/_doc/a", None),
        ("GET", f"/{name}/_doc/b", None),
        ("POST", f"/{name}/_mget", {"ids": ["a", "b", "c"]}),
        ("POST", f"/{name}/_count", None),
        ("POST", f"/{name}/_refresh", None),
        ("POST", f"/{name}/_count", None),
        ("POST", f"/{name}/_search", by_id),
        ("POST", f"/{name}/_search", by_id | {"search_after": ["c"]}),
        ("POST", f"/{name}/_search", by_id | {"query": {"term": {"id": "d"}}}),
        ("POST", f"/{name}/_search", by_id | {"query": {"ids": {"values": ["c", "x"]}}}),
        ("POST", f"/{name}/_search", {"size": 0, "aggs": {"counts": {"terms": _BY_ID}}}),
        ("PUT", f"/{first}/_create/e?refresh=true", {"id": "e"}),
        ("PUT", f"/{first}/_create/e?refresh=true", {"id": "e"}),
        ("PUT", f"/{first}/_doc/e?refresh=true", {"id": "e"}),
        ("DELETE", f"/{first}/_doc/e?refresh=true", None),
        ("DELETE", f"/{first}/_doc/e?refresh=true", None),
        *_refusals(name, first, second, body),
        ("DELETE", f"/{first}", None),
        ("DELETE", f"/{first}", None),
        ("POST", f"/{name}/_search", by_id),
        ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("a", 9), {"id": "a"})),
    ]


def _refusals(
    name: str, first: str, second: str, body: Mapping[str, Any]
) -> list[tuple[str, str, object]]:
    write = ("POST", f"/{name}/_bulk?{_REQUIRED}", _bulk(_index("a", 9), {"id": "a"}))
    requests: list[tuple[str, str, object]] = []
    for block in ("read_only_allow_delete", "write", "read_only"):
        setting = f"index.blocks.{block}"
        requests += [("PUT", f"/{first}/_settings", {setting: True}), write]
        requests += [("PUT", f"/{first}/_settings", {setting: False})]
    requests += [("PUT", f"/{first}/_block/write", None), write]
    requests += [("PUT", f"/{first}/_settings", {"index.blocks.write": None})]
    move = [
        {"remove": {"index": second, "alias": name}},
        {"add": {"index": first, "alias": name}},
    ]
    return [
        *requests,
        ("POST", f"/{first}/_close", None),
        write,
        ("POST", f"/{name}/_refresh", None),
        ("POST", f"/{first}/_open", None),
        ("PUT", f"/{second}", dict(body)),
        write,
        ("POST", "/_aliases", {"actions": [{"remove": {"index": first, "alias": name}}]}),
        ("POST", "/_aliases", {"actions": [{"remove": {"index": first, "alias": name}}]}),
        ("POST", "/_aliases", {"actions": move}),
        ("DELETE", f"/{second}", None),
    ]


def _gist(answer: Answer) -> object:
    """What matters of an answer, without what differs from cluster to cluster."""
    body = answer.body
    if not isinstance(body, dict):
        return answer.status
    if isinstance(body.get("error"), dict):
        return answer.status, body["error"]["type"]
    if "items" in body:
        return [
            (op, said["status"], said.get("_version"), said.get("error", {}).get("type"))
            for item in body["items"]
            for op, said in item.items()
        ]
    if "aggregations" in body:
        buckets = body["aggregations"]["counts"]["buckets"]
        return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]
    if "hits" in body:
        return [
            (hit["_id"], hit["_version"], hit["_source"], hit["sort"])
            for hit in body["hits"]["hits"]
        ]
    documents = body.get("docs", [body])
    kept = ("_id", "_version", "found", "_source", "count", "acknowledged", "aliases")
    return answer.status, [{key: one[key] for key in kept if key in one} for one in documents]


def test_it_answers_as_a_real_cluster_does(node: Endpoint, index_name: str) -> None:
    with serving() as cluster:
        double = Endpoint("opensearch", cluster.url)
        for method, path, body in _conversation(index_name):
            real = _gist(node.request(method, path, body))

            assert _gist(double.request(method, path, body)) == real, f"{method} {path} {body}"
