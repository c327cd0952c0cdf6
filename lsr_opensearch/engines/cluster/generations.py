"""The numbered indexes behind an alias: ``photos`` serves ``photos-000001``.

A rebuild makes the next one under the alias ``photos.next``, and one request moves the name over.
Every write goes through an alias of the one index that it is meant for, ``photos-000001.write``: an
index that is gone is never made anew by a document, and what was prepared for the index of before
never gets into the next one, whose words may weigh differently.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.connection.blocks import block_setting
from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.mapping import FieldType, index_body, read_meta
from lsr_opensearch.engines.cluster.names import generation, generation_number
from lsr_opensearch.engines.port import Schema
from lsr_opensearch.errors import ClusterError, ClusterIndexError

WRITE_BLOCK = block_setting("write")
# Both engines set it when an index is closed, and remove it when it is opened.
_CLOSED = "index.verified_before_close"
_MOST_REMEMBERED = 20


@dataclass(frozen=True)
class Generation:
    """An index behind an alias.

    Attributes:
        index: its own name.
        uuid: tells it from any other of that name, before or later.
        settings: flat: ``index.number_of_replicas`` -> ``1``.
        aliases: all that point at it.
        rebuilt_from: UUIDs of the indexes whose place it was made to take, latest first.
    """

    index: str
    uuid: str
    schema: Schema
    field_type: FieldType
    settings: Mapping[str, str]
    aliases: frozenset[str] = frozenset()
    rebuilt_from: tuple[str, ...] = ()

    @property
    def write_alias(self) -> str:
        """What documents for this index, and no other, are sent to."""
        return write_alias(self.index)

    @property
    def is_frozen(self) -> bool:
        """Whether it takes no writes."""
        return self.settings.get(WRITE_BLOCK) == "true"

    @property
    def is_closed(self) -> bool:
        """Whether it can be neither searched nor written to."""
        return self.settings.get(_CLOSED) == "true"


class Generations:
    """The indexes behind the alias ``name``."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name

    @property
    def next_alias(self) -> str:
        """What the index that is being built is called."""
        return f"{self.name}.next"

    def serving(self) -> Generation | None:
        """The index that the name stands for; None where there is none; see `behind`."""
        return self.behind(self.name)

    def building(self) -> Generation | None:
        """The index that a rebuild has begun to fill; None where there is none."""
        return self.behind(self.next_alias)

    def behind(self, alias: str) -> Generation | None:
        """The index behind one of the two aliases; None where there is none.

        Raises:
            ClusterIndexError: the name stands for several indexes, for one that this library has
                not made, or for none although there is one that it should stand for.
        """
        found = self._behind(alias)
        if found is None and alias == self.name and (ours := self._without_alias()):
            # Between the two questions somebody may have made the first index.
            found = self._behind(alias)
            if found is None:
                raise _missing_alias(self.name, ours)
        return found

    def create(self, schema: Schema, field_type: FieldType) -> Generation:
        """Make the first index, serving at once; or take the one that somebody else just made."""
        index = generation(self.name, 1)
        if not self._made(index, self.name, schema, field_type):
            found = self.serving()
            if found is not None:
                return found
        return self._required(self.name, index)

    def build(self, schema: Schema, field_type: FieldType, after: Generation) -> Generation:
        """Make the next index, with settings for loading, or take the one that was begun."""
        there = self.all()
        for found in there:
            if self.next_alias in found.aliases:
                return self._required(self.next_alias, found.index)
        # Who sees the same indexes makes the same one, and only one of them succeeds.
        number = 1 + max(generation_number(self.name, found.index) for found in [after, *there])
        history = (after.uuid, *after.rebuilt_from)[:_MOST_REMEMBERED]
        index = generation(self.name, number)
        self._made(index, self.next_alias, schema, field_type, history)
        return self._required(self.next_alias, index)

    def all(self) -> list[Generation]:
        """Every index of the name: the one that serves, one being built, and those kept."""
        answer = self.connection.ask(
            "GET", f"/{self.name}-*", params={"flat_settings": "true"}, allowed=(404,)
        )
        found = answer.body if answer.ok else {}
        return [
            made
            for index in sorted(found)
            if generation_number(self.name, index)
            and (made := _generation(index, found[index])) is not None
        ]

    def allow_writes(self, index: Generation) -> None:
        """Give an index that somebody else has made the alias that documents are sent to."""
        if index.write_alias not in index.aliases:
            action = {"add": {"index": index.index, "alias": index.write_alias}}
            self.connection.ask("POST", "/_aliases", body={"actions": [action]})

    def freeze(self, index: Generation) -> None:
        """Let an index take no more writes; when this returns, those under way are done."""
        self.connection.ask("PUT", f"/{index.index}/_block/write")

    def thaw(self, index: Generation) -> None:
        """Let an index take writes again, if it is still there."""
        body = {WRITE_BLOCK: None}
        self.connection.ask("PUT", f"/{index.index}/_settings", body=body, allowed=(404,))

    def set(self, index: str, settings: Mapping[str, Any]) -> None:
        """Change settings of an index; None brings the default back."""
        self.connection.ask("PUT", f"/{index}/_settings", body=settings)

    def swap(self, old: Generation, new: Generation, *, drop_old: bool) -> None:
        """The name stands for ``new`` from one moment to the next."""
        gone = (
            {"remove_index": {"index": old.index}}
            if drop_old
            else {"remove": {"index": old.index, "alias": self.name}}
        )
        actions = [
            gone,
            {"add": {"index": new.index, "alias": self.name}},
            {"remove": {"index": new.index, "alias": self.next_alias}},
        ]
        try:
            self.connection.ask("POST", "/_aliases", body={"actions": actions})
        except ClusterError:
            # Its answer may have been lost, and the second try finds nothing left to move.
            now = self.serving()
            if now is None or now.uuid != new.uuid:
                raise

    def give_up(self, new: Generation, serving: Generation) -> None:
        """Delete the index that is being built, if the name stands for ``serving`` to the moment.

        Raises:
            ClusterError: it stands for another, or the cluster does not do it.
        """
        name = {"index": serving.index, "alias": self.name}
        actions = [
            {"remove_index": {"index": new.index}},
            # Taken off and given back: all is refused where the name has moved on. (That the other
            # alias is still on the new one cannot be asked: it would be looked for once that index
            # is gone, and every such request refused.)
            {"remove": {**name, "must_exist": True}},
            {"add": name},
        ]
        try:
            self.connection.ask("POST", "/_aliases", body={"actions": actions})
        except ClusterError:
            # Its answer may have been lost, and the second try finds nothing left to delete.
            if any(found.uuid == new.uuid for found in self.all()):
                raise

    def drop(self, found: Generation) -> None:
        """Delete an index, and its aliases with it."""
        self.connection.ask("DELETE", f"/{found.index}", allowed=(404,))

    def _made(
        self,
        index: str,
        alias: str,
        schema: Schema,
        field_type: FieldType,
        rebuilt_from: Sequence[str] = (),
    ) -> bool:
        """Whether the index was made now: False where it exists."""
        body = index_body(
            schema,
            self.name,
            engine=self.connection.server.engine,
            field_type=field_type,
            loading=bool(rebuilt_from),
            rebuilt_from=rebuilt_from,
        )
        body["aliases"] = {alias: {}, write_alias(index): {}}
        answer = self.connection.ask("PUT", f"/{index}", body=body, allowed=(400,))
        if answer.ok:
            return True
        detail = error_of(answer.body)
        if detail.type == "resource_already_exists_exception":
            return False
        raise _refused(self.name, field_type, detail.root_reason or detail.reason)

    def _behind(self, alias: str) -> Generation | None:
        answer = self.connection.ask(
            "GET", f"/{alias}", params={"flat_settings": "true"}, allowed=(404,)
        )
        if answer.status == 404:
            return None
        if len(answer.body) > 1:
            raise _several(self.name, alias, answer.body)
        ((index, found),) = answer.body.items()
        if index == alias:
            raise ClusterIndexError(
                f"{alias!r} is an index of its own, not an alias that lsr-os has made.",
                "Give another name with --index NAME; what is there stays as it is.",
            )
        made = _generation(index, found)
        if made is None:
            raise ClusterIndexError(
                f"The alias {alias!r} points at {index!r}, which lsr-os has not made.",
                "Give another name with --index NAME; what is there stays as it is.",
            )
        return made

    def _required(self, alias: str, index: str) -> Generation:
        """What the alias stands for, now that ``index`` is there, whoever has made it."""
        found = self._behind(alias)
        if found is not None:
            return found
        if self.connection.ask("HEAD", f"/{index}", allowed=(403, 404)).status != 404:
            raise self._taken(alias, index)
        raise ClusterIndexError(
            f"The index {alias!r} was deleted while it was being made.",
            "Run the same command again.",
        )

    def _taken(self, alias: str, index: str) -> ClusterIndexError:
        remedy = (
            "Give another name with --index NAME; what is there stays as it is."
            if alias == self.name
            else f"See what it is with GET /{index}; where nobody needs it, delete it and run the "
            "same command again."
        )
        return ClusterIndexError(
            f"There is an index {index!r} already, and no alias {alias!r} for it: lsr-os has not "
            "made it, or this user may not see what it is.",
            remedy,
        )

    def _without_alias(self) -> list[str]:
        """Indexes that the name may have stood for, lest one that is there be made twice."""
        answer = self.connection.ask(
            "GET",
            f"/{self.name}-*",
            params={"filter_path": "*.mappings._meta"},
            allowed=(403, 404),
        )
        found = answer.body if answer.ok and isinstance(answer.body, dict) else {}
        return sorted(index for index in found if generation_number(self.name, index))


def write_alias(index: str) -> str:
    """What documents for an index, and no other, are sent to."""
    return f"{index}.write"


def _generation(index: str, found: Mapping[str, Any]) -> Generation | None:
    """An index as ``GET`` describes it; None where this library has not made it."""
    meta = read_meta(found["mappings"].get("_meta"))
    if meta is None:
        return None
    settings = found["settings"]
    return Generation(
        index,
        settings["index.uuid"],
        meta.schema,
        meta.field_type,
        settings,
        frozenset(found["aliases"]),
        meta.rebuilt_from,
    )


def _missing_alias(name: str, ours: Sequence[str]) -> ClusterIndexError:
    which = ours[-1] if len(ours) == 1 else f"{generation(name, 1)} and later ones"
    return ClusterIndexError(
        f"The alias {name!r} is missing, although there is an index {ours[-1]!r}.",
        f"Bring it back with: lsr-os verify --repair --index {name} (or delete {which} to begin "
        "anew).",
    )


def _several(name: str, alias: str, found: Collection[str]) -> ClusterIndexError:
    *others, newest = sorted(found, key=lambda index: (generation_number(name, index), index))
    actions = [{"remove": {"index": index, "alias": alias}} for index in others]
    return ClusterIndexError(
        f"The alias {alias!r} points at several indexes: {' and '.join(sorted(found))}.",
        f"If {newest} is the right one, take the alias off the rest: POST /_aliases "
        f"{json.dumps({'actions': actions})}",
    )


def _refused(name: str, field_type: FieldType, reason: str) -> ClusterIndexError:
    if "rank_features" in reason and field_type == "rank_features":
        return ClusterIndexError(
            f"The cluster cannot make the index {name!r}: it does not know rank_features "
            f"({reason}).",
            "Its module mapper-extras is missing. On Elasticsearch 8.11 and newer, "
            "--field-type sparse_vector needs no module.",
        )
    return ClusterIndexError(
        f"The cluster does not make the index {name!r}: {reason}.",
        "`lsr-os index --show-mapping` prints what it was asked for.",
    )
