"""The part of the clusters' REST interface that this library uses, over a `Store`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .reading import count, get, mget, search
from .store import Op, RefusedError, Store, StoredIndex, flat_settings, no_such_index

Params = Mapping[str, str]
Reply = tuple[int, Any]
Action = dict[Op, dict[str, Any]]

VERSION = {"number": "2.19.0", "distribution": "opensearch"}


def answer(store: Store, method: str, path: str, params: Params, body: bytes) -> Reply:
    """Carry out a request: status, and what to send as JSON.

    Knows ``_bulk``, ``_doc``, ``_create``, ``_mget``, ``_search`` (all, by id, by a term; sorted by
    a field; counted by the values of a field), ``_count``, ``_refresh``, ``_aliases``,
    ``_settings``, ``_block``, ``_open``, ``_close``, the health and size of an index, and indexes
    themselves; everything else is a 400.
    """
    parts = [unquote(part) for part in path.strip("/").split("/")]
    with store.lock:
        try:
            return _route(store, method, parts, params, body)
        except RefusedError as refused:
            return refused.status, refused.body()


def _route(store: Store, method: str, parts: list[str], params: Params, body: bytes) -> Reply:
    match parts:
        case [""]:
            return 200, {"version": VERSION, "tagline": "The OpenSearch Project"}
        case ["_aliases"]:
            store.change_aliases(json.loads(body)["actions"])
            return 200, {"acknowledged": True}
        case ["_bulk"]:
            return 200, bulk(store, None, params, body)
        case [name, "_bulk"]:
            return 200, bulk(store, name, params, body)
        case [name, "_doc" | "_create" as kind, key]:
            if method in ("GET", "HEAD"):
                return get(store, name, key)
            return _write_one(store, method, name, kind, key, body)
        case [name, verb] | [name, "_block" as verb, "write"]:
            return _about_documents(store, name, verb, body)
        case [name]:
            return _index(store, method, name, body)
    return _about_whole_index(store, parts)


def _about_whole_index(store: Store, parts: list[str]) -> Reply:
    match parts:
        case ["_cluster", "health", name]:
            store.readable(name)
            return 200, {"status": "green", "timed_out": False, "unassigned_shards": 0}
        case [name, "_block", block]:
            settings = json.dumps({f"blocks.{block}": "true"})
            return _administer(store, name, "_settings", settings.encode())
        case [name, "_stats", "store"]:
            size = sum(len(json.dumps(index.mappings)) for index in store.readable(name))
            return 200, {"_all": {"total": {"store": {"size_in_bytes": size}}}}
    raise _unknown(parts)


def _about_documents(store: Store, name: str, verb: str, body: bytes) -> Reply:
    match verb:
        case "_mget":
            return mget(store, name, json.loads(body))
        case "_search":
            return search(store, name, json.loads(body or b"{}"))
        case "_count":
            return count(store, name, json.loads(body or b"{}"))
        case "_refresh" | "_open" | "_close" | "_settings" | "_block":
            return _administer(store, name, verb, body)
    raise _unknown([name, verb])


def _unknown(parts: list[str]) -> RefusedError:
    return RefusedError(400, "illegal_argument_exception", f"unknown request {'/'.join(parts)}")


def bulk(store: Store, target: str | None, params: Params, body: bytes) -> dict[str, Any]:
    """Carry out a bulk request: the answer to it."""
    require_alias = params.get("require_alias") == "true"
    items = [
        _item(store, action, source, target, require_alias) for action, source in actions(body)
    ]
    errors = any("error" in said for item in items for said in item.values())
    return {"took": 1, "errors": errors, "items": items}


def actions(body: bytes) -> Iterator[tuple[Action, dict[str, Any] | None]]:
    """The actions of a bulk request, with their documents.

    Raises:
        RefusedError: the body is not one.
    """
    if not body.endswith(b"\n"):
        raise RefusedError(
            400,
            "illegal_argument_exception",
            "The bulk request must be terminated by a newline [\\n]",
        )
    lines = iter(body.split(b"\n")[:-1])
    for line in lines:
        action: Action = json.loads(line)
        yield action, None if "delete" in action else json.loads(next(lines))


def _item(
    store: Store,
    action: Action,
    source: dict[str, Any] | None,
    target: str | None,
    require_alias: bool,
) -> dict[str, Any]:
    [(op, meta)] = action.items()
    key, name = meta["_id"], str(meta.get("_index", target))
    external = meta["version"] if meta.get("version_type") == "external_gte" else None
    said: dict[str, Any] = {"_index": name, "_id": key}
    try:
        index = store.writable(name, require_alias=require_alias)
        status, stored = index.write(op, key, source, external)
        said |= {"_index": index.name, "_version": stored.version, "status": status}
    except RefusedError as refused:
        said |= {"status": refused.status, "error": refused.error}
    return {op: said}


def _write_one(store: Store, method: str, name: str, kind: str, key: str, body: bytes) -> Reply:
    index = store.writable(name, require_alias=False)
    if method == "DELETE":
        status, stored = index.write("delete", key, None, None)
    else:
        op: Op = "create" if kind == "_create" else "index"
        status, stored = index.write(op, key, json.loads(body), None)
    # Writers of single documents ask for refresh=true here, always.
    index.refresh()
    return status, {"_index": index.name, "_id": key, "_version": stored.version}


def _administer(store: Store, name: str, verb: str, body: bytes) -> Reply:
    found = store.behind(name)
    if not found:
        raise no_such_index(name)
    for index in found:
        if verb == "_refresh":
            index.check_open()
            index.refresh()
        elif verb == "_settings":
            index.settings |= flat_settings(json.loads(body))
        elif verb == "_block":
            index.settings["index.blocks.write"] = "true"
        else:
            index.closed = verb == "_close"
    if verb == "_refresh":
        return 200, {"_shards": {"total": 1, "successful": 1, "failed": 0}}
    return 200, {"acknowledged": True}


def _index(store: Store, method: str, name: str, body: bytes) -> Reply:
    if method == "PUT":
        store.create(name, json.loads(body or b"{}"))
        return 200, {"acknowledged": True, "shards_acknowledged": True, "index": name}
    if method == "DELETE":
        store.delete(name)
        return 200, {"acknowledged": True}
    found = store.behind(name)
    if not found and not name.endswith("*"):
        raise no_such_index(name)
    return 200, {index.name: _described(store, index) for index in found}


def _described(store: Store, index: StoredIndex) -> dict[str, Any]:
    return {
        "aliases": {alias: {} for alias, names in store.aliases.items() if index.name in names},
        "mappings": index.mappings,
        "settings": {**index.settings, "index.uuid": index.uuid},
    }
