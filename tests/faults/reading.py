"""Searches and gets over a `Store`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .store import RefusedError, Store, Stored

Reply = tuple[int, Any]
Hit = tuple[str, str, Stored]
_SHARDS = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}


def get(store: Store, name: str, key: str) -> Reply:
    """One document, as it is now."""
    found = _current(store, name, key)
    return (200 if found["found"] else 404), found


def mget(store: Store, name: str, body: Mapping[str, Any]) -> Reply:
    """Several documents, as they are now."""
    return 200, {"docs": [_current(store, name, key) for key in body["ids"]]}


def count(store: Store, name: str, body: Mapping[str, Any]) -> Reply:
    """How many documents a query finds, of what was there at the last refresh."""
    return 200, {"count": len(_found(store, name, body.get("query"))), "_shards": _SHARDS}


def search(store: Store, name: str, body: Mapping[str, Any]) -> Reply:
    """Hits of what was there at the last refresh, sorted, from ``search_after`` on."""
    order = _order(body.get("sort") or ["_id"])
    found = _found(store, name, body.get("query"))
    rows = sorted(((order(hit), hit) for hit in found), key=lambda row: row[0])
    if after := body.get("search_after"):
        rows = [row for row in rows if row[0] > after]
    hits = [
        {
            "_index": index,
            "_id": key,
            "_score": None,
            "_source": _source(stored, body.get("_source", True)),
            "sort": values,
            **({"_version": stored.version} if body.get("version") else {}),
        }
        for values, (index, key, stored) in rows[: body.get("size", 10)]
    ]
    total = {"value": len(found), "relation": "eq"}
    answer: dict[str, Any] = {
        "took": 1,
        "timed_out": False,
        "_shards": _SHARDS,
        "hits": {"total": total, "max_score": None, "hits": hits},
    }
    if aggregations := body.get("aggs"):
        answer["aggregations"] = {
            name: _aggregated(found, about) for name, about in aggregations.items()
        }
    return 200, answer


def _aggregated(found: Iterable[Hit], about: Mapping[str, Any]) -> dict[str, Any]:
    if "terms" in about:
        return {"buckets": _buckets(found, about["terms"])}
    field = about["cardinality"]["field"]
    values = (_values((stored.source or {}).get(field)) for *_, stored in found)
    return {"value": len({value for each in values for value in each})}


def _buckets(found: Iterable[Hit], terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a ``terms`` aggregation gives: how many documents have each value of a field."""
    there = ((stored.source or {}).get(terms["field"]) for *_, stored in found)
    values = (terms.get("missing") if value is None else value for value in there)
    counts = Counter(value for value in values if value is not None)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"key": value, "doc_count": count} for value, count in ordered[: terms["size"]]]


def _current(store: Store, name: str, key: str) -> dict[str, Any]:
    [index] = store.readable(name)
    stored = index.documents.get(key)
    if stored is None or stored.source is None:
        return {"_index": index.name, "_id": key, "found": False}
    return {
        "_index": index.name,
        "_id": key,
        "_version": stored.version,
        "found": True,
        "_source": stored.source,
    }


def _found(store: Store, name: str, query: Mapping[str, Any] | None) -> list[Hit]:
    matches = _matcher(query or {"match_all": {}})
    return [
        (index.name, key, stored)
        for index in store.readable(name)
        for key, stored in index.visible.items()
        if matches(key, stored.source or {})
    ]


def _matcher(query: Mapping[str, Any]) -> Callable[[str, Mapping[str, Any]], bool]:
    [(kind, about)] = query.items()
    if kind == "match_all":
        return lambda key, source: True
    if kind == "ids":
        wanted = set(about["values"])
        return lambda key, source: key in wanted
    if kind == "term":
        [(field, value)] = about.items()
        return lambda key, source: value in _values(source.get(field))
    raise RefusedError(400, "parsing_exception", f"unknown query [{kind}]")


def _values(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _order(sort: list[Any]) -> Callable[[Hit], list[Any]]:
    """What hits are sorted by: fields of the document, or ``_id``; ascending only."""
    fields = [each if isinstance(each, str) else next(iter(each)) for each in sort]
    return lambda hit: [
        hit[1] if field == "_id" else (hit[2].source or {}).get(field) for field in fields
    ]


def _source(stored: Stored, wanted: bool | list[str]) -> Mapping[str, Any]:
    source = stored.source or {}
    if isinstance(wanted, bool):
        return source if wanted else {}
    return {name: value for name, value in source.items() if name in wanted}
