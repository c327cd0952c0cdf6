"""The sources of an index that several machines write to.

They lie in a small index of their own, ``photos.sources``: creating a document under an id that
must not exist is the one thing that two machines cannot both succeed in.
"""

from __future__ import annotations

import hashlib
from shlex import quote
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.port import SourceBinding
from lsr_opensearch.errors import SourceError

_BODY = {
    "settings": {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        # Searches over patterns such as photos* are not meant for it.
        "hidden": True,
    },
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "name": {"type": "keyword"},
            "host": {"type": "keyword"},
            "root": {"type": "keyword", "index": False, "doc_values": False},
            "leaving": {"type": "boolean"},
            # UUID of an index being built -> what the source's machine says of it there.
            "finished": {"type": "object", "enabled": False},
        },
    },
}
_MOST_SOURCES = 10_000


class Registry:
    """The sources of the index ``name``; they lie in the index ``index``."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.index = f"{name}.sources"
        self._connection = connection

    def exists(self) -> bool:
        """Whether the registry was made, and not deleted."""
        return self._connection.ask("HEAD", f"/{self.index}", allowed=(404,)).ok

    def is_missing(self) -> bool:
        """Whether the registry is known not to be there: who may not look does not know."""
        answer = self._connection.ask("HEAD", f"/{self.index}", allowed=(403, 404))
        return answer.status == 404

    def create(self) -> None:
        """Make the registry where there is none."""
        if not self.exists():
            # Another machine may be doing the same: then it answers that it exists.
            self._connection.ask("PUT", f"/{self.index}", body=_BODY, allowed=(400,))

    def bind(self, binding: SourceBinding) -> None:
        """Register a source; again with the same host and root does nothing.

        Raises:
            SourceError: the name is bound to another host or root, or is being forgotten.
        """
        # Who may only read is not refused for what is there already.
        if self.find(binding.name) == binding:
            return
        answer = self._connection.ask(
            "PUT",
            f"/{self.index}/_create/{_document_id(binding.name)}",
            params={"refresh": "true"},
            body={"name": binding.name, "host": binding.host, "root": binding.root},
            allowed=(409,),
        )
        if answer.status == 409 and self.find(binding.name) != binding:
            raise self._taken(binding.name)

    def find(self, name: str, *, retry_s: float | None = None) -> SourceBinding | None:
        """The source of that name, as it is at this moment; None where it is not bound.

        Args:
            retry_s: for how long to ask; the connection's own patience by default.

        Raises:
            SourceError: it is being forgotten.
        """
        stored = self._stored(name, retry_s)
        if stored is None:
            return None
        if stored.get("leaving"):
            raise SourceError(
                f"The source {name!r} is being forgotten.",
                f"Let that be finished first: lsr-os forget {quote(name)}",
            )
        return _binding(stored)

    def bindings(self) -> list[SourceBinding]:
        """All sources, by name; those that are being forgotten, too."""
        return [_binding(stored) for stored in self._all()]

    def leaving(self) -> list[SourceBinding]:
        """The sources that somebody has begun to forget, by name."""
        return [_binding(stored) for stored in self._all() if stored.get("leaving")]

    def _all(self) -> list[dict[str, Any]]:
        answer = self._connection.ask(
            "POST",
            f"/{self.index}/_search",
            body={"size": _MOST_SOURCES, "sort": ["name"]},
            allowed=(404,),
        )
        if answer.status == 404:
            return []
        return [hit["_source"] for hit in answer.body["hits"]["hits"]]

    def mark_leaving(self, name: str) -> None:
        """From now on nobody may add to the source."""
        stored = self._stored(name)
        if stored is not None:
            self._connection.ask(
                "PUT",
                f"/{self.index}/_doc/{_document_id(name)}",
                params={"refresh": "true"},
                body=stored | {"leaving": True},
            )

    def finished(self, name: str, index_uuid: str) -> dict[str, int] | None:
        """What was said with `finish`; None where nothing was."""
        said = (self._stored(name) or {}).get("finished", {})
        return said if said.get("index") == index_uuid else None

    def finish(self, name: str, index_uuid: str, said: dict[str, int]) -> None:
        """Say that the source is complete in an index that is being built."""
        self._connection.ask(
            "POST",
            f"/{self.index}/_update/{_document_id(name)}",
            params={"refresh": "true"},
            body={"doc": {"finished": {"index": index_uuid, **said}}},
        )

    def remove(self, name: str) -> None:
        """The source is not bound any more; nothing where it was not."""
        self._connection.ask(
            "DELETE",
            f"/{self.index}/_doc/{_document_id(name)}",
            params={"refresh": "true"},
            allowed=(404,),
        )

    def drop(self) -> None:
        """Remove the registry."""
        self._connection.ask("DELETE", f"/{self.index}", allowed=(404,))

    def _stored(self, name: str, retry_s: float | None = None) -> dict[str, Any] | None:
        answer = self._connection.ask(
            "GET",
            f"/{self.index}/_doc/{_document_id(name)}",
            allowed=(404,),
            retry_s=retry_s,
        )
        return None if answer.status == 404 else dict(answer.body["_source"])

    def _taken(self, name: str) -> SourceError:
        stored = self._stored(name) or {}
        host = stored.get("host")
        return SourceError(
            f"The source name {name!r} already stands for {stored.get('root') or 'items'!r}"
            f"{f' on {host}' if host else ''}.",
            "Give this one another name with --source NAME, or forget the other first: "
            f"lsr-os forget {quote(name)}",
        )


def _binding(stored: dict[str, Any]) -> SourceBinding:
    return SourceBinding(stored["name"], stored["host"], stored["root"])


def _document_id(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
