"""Indexes, aliases and documents as a cluster keeps them, in memory."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Op = Literal["index", "create", "delete"]


class RefusedError(Exception):
    """A refusal as clusters word it."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "reason": reason}

    def body(self) -> dict[str, Any]:
        """As the answer to a whole request."""
        return {"error": {"root_cause": [self.error], **self.error}, "status": self.status}


@dataclass(frozen=True)
class Stored:
    """A document, or the memory of a deleted one (``source`` is None)."""

    version: int
    source: Mapping[str, Any] | None


@dataclass
class StoredIndex:
    """An index. Searches see what was there at the last refresh, gets what is there now.

    Attributes:
        settings: flat: ``index.blocks.write`` -> ``true``.
    """

    name: str
    mappings: Mapping[str, Any]
    settings: dict[str, Any]
    uuid: str = field(default_factory=lambda: uuid.uuid4().hex)
    closed: bool = False
    documents: dict[str, Stored] = field(default_factory=dict)
    visible: dict[str, Stored] = field(default_factory=dict)

    def refresh(self) -> None:
        """Let searches see everything."""
        self.visible = {
            key: stored for key, stored in self.documents.items() if stored.source is not None
        }

    def write(
        self, op: Op, key: str, source: Mapping[str, Any] | None, external_gte: int | None
    ) -> tuple[int, Stored]:
        """Status and what is there now.

        Raises:
            RefusedError: a block, a version conflict, or a field that the mapping does not have.
        """
        self._check_writable()
        found = self.documents.get(key)
        exists = found is not None and found.source is not None
        version = found.version if found else 0
        if op == "create" and exists:
            raise self._conflict(key, "document already exists")
        if external_gte is not None and found is not None and version > external_gte:
            raise self._conflict(
                key, f"current version [{version}] is higher than the one provided"
            )
        if source is not None:
            self._check_fields(source)
        stored = Stored(version + 1 if external_gte is None else external_gte, source)
        self.documents[key] = stored
        if op == "delete":
            return (200 if exists else 404), stored
        return (200 if exists else 201), stored

    def check_open(self) -> None:
        """Most of what is asked of a closed index is refused.

        Raises:
            RefusedError: it is closed.
        """
        if self.closed:
            raise RefusedError(400, "index_closed_exception", f"closed [{self.name}]")

    def _check_writable(self) -> None:
        self.check_open()
        if _is_set(self.settings, "index.blocks.read_only_allow_delete"):
            raise self._blocked(
                429,
                "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
                "read-only-allow-delete block",
            )
        if _is_set(self.settings, "index.blocks.write"):
            raise self._blocked(403, "FORBIDDEN/8/index write (api)")
        if _is_set(self.settings, "index.blocks.read_only"):
            raise self._blocked(403, "FORBIDDEN/5/index read-only (api)")

    def _check_fields(self, source: Mapping[str, Any]) -> None:
        if self.mappings.get("dynamic") != "strict":
            return
        for name in source.keys() - self.mappings.get("properties", {}).keys():
            raise RefusedError(
                400,
                "strict_dynamic_mapping_exception",
                f"mapping set to strict, dynamic introduction of [{name}] within [_doc] is not "
                "allowed",
            )

    def _blocked(self, status: int, block: str) -> RefusedError:
        reason = f"index [{self.name}] blocked by: [{block}];"
        return RefusedError(status, "cluster_block_exception", reason)

    def _conflict(self, key: str, why: str) -> RefusedError:
        reason = f"[{key}]: version conflict, {why}"
        return RefusedError(409, "version_conflict_engine_exception", reason)


class Store:
    """All indexes and aliases of a cluster. Hold the ``lock`` while you look at them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.indexes: dict[str, StoredIndex] = {}
        self.aliases: dict[str, set[str]] = {}

    def create(self, name: str, body: Mapping[str, Any]) -> StoredIndex:
        """Make an index from the body of a PUT.

        Raises:
            RefusedError: there is an index or alias of that name.
        """
        if name in self.indexes or name in self.aliases:
            raise RefusedError(
                400, "resource_already_exists_exception", f"index [{name}] already exists"
            )
        made = StoredIndex(name, body.get("mappings", {}), flat_settings(body.get("settings", {})))
        self.indexes[name] = made
        for alias in body.get("aliases", {}):
            self.aliases.setdefault(alias, set()).add(name)
        return made

    def delete(self, name: str) -> None:
        """Delete an index, and its aliases with it.

        Raises:
            RefusedError: there is no index of that name.
        """
        if name not in self.indexes:
            raise no_such_index(name)
        del self.indexes[name]
        for alias in list(self.aliases):
            self._take_off(alias, name)

    def change_aliases(self, actions: list[Mapping[str, Any]]) -> None:
        """All of the actions of an ``_aliases`` request, or none.

        Raises:
            RefusedError: one of them is about an index or alias that does not exist.
        """
        for action in actions:
            for kind, about in action.items():
                index, alias = about["index"], about.get("alias")
                if index not in self.indexes:
                    raise no_such_index(index)
                if kind == "remove" and index not in self.aliases.get(alias, ()):
                    raise RefusedError(404, "aliases_not_found_exception", f"no alias [{alias}]")
        for action in actions:
            for kind, about in action.items():
                if kind == "add":
                    self.aliases.setdefault(about["alias"], set()).add(about["index"])
                elif kind == "remove":
                    self._take_off(about["alias"], about["index"])
                else:
                    self.delete(about["index"])

    def behind(self, name: str) -> list[StoredIndex]:
        """The indexes that a name, an alias, or a pattern with ``*`` at its end stands for."""
        if name.endswith("*"):
            return [each for key, each in self.indexes.items() if key.startswith(name[:-1])]
        if name in self.indexes:
            return [self.indexes[name]]
        return [self.indexes[index] for index in sorted(self.aliases.get(name, ()))]

    def readable(self, name: str) -> list[StoredIndex]:
        """The same, for a search or a get.

        Raises:
            RefusedError: there is none, or it is closed.
        """
        found = self.behind(name)
        if not found and not name.endswith("*"):
            raise no_such_index(name)
        for index in found:
            index.check_open()
        return found

    def writable(self, name: str, *, require_alias: bool) -> StoredIndex:
        """The one index that a name stands for when a document is written.

        Raises:
            RefusedError: there is none, or more than one.
        """
        if require_alias and name not in self.aliases:
            raise RefusedError(
                404,
                "index_not_found_exception",
                f"no such index [{name}] and [require_alias] request flag is [true] and [{name}] "
                "is not an alias",
            )
        found = self.behind(name)
        if len(found) > 1:
            raise RefusedError(
                400, "illegal_argument_exception", f"no write index is defined for alias [{name}]."
            )
        # Without require_alias a cluster makes an index of its own accord.
        return found[0] if found else self.create(name, {})

    def _take_off(self, alias: str, index: str) -> None:
        self.aliases[alias].discard(index)
        if not self.aliases[alias]:
            del self.aliases[alias]


def no_such_index(name: str) -> RefusedError:
    """What a missing index is answered with."""
    return RefusedError(404, "index_not_found_exception", f"no such index [{name}]")


def flat_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"index": {"a": 1}}`` as ``{"index.a": 1}``, with ``index.`` where it was left out."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{name}.")
        else:
            flat[name if name.startswith("index.") else f"index.{name}"] = value
    return flat


def _is_set(settings: Mapping[str, Any], name: str) -> bool:
    return str(settings.get(name, "false")).lower() == "true"
