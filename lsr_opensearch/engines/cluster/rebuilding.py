"""The next index behind a name, from its first document until it serves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.generations import WRITE_BLOCK, Generation, Generations
from lsr_opensearch.engines.cluster.mapping import FieldType, serving_settings
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.cluster.state.manifests import Manifests
from lsr_opensearch.engines.cluster.state.memory import remember_uuid
from lsr_opensearch.engines.port import Schema
from lsr_opensearch.engines.rebuild import Finished, Swapped
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    LsrError,
    RebuildError,
)

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.index import ClusterIndex

_FINISH_OR_ABANDON = (
    "Finish that one with the options it was begun with, or give it up: lsr-os reindex --abandon"
)
# How long copies may take before the index serves without them.
_COPIES_S = 600.0
_COPIES_ASKED_S = 20


@dataclass(frozen=True)
class ClusterRebuild:
    """The `Rebuild` port over two generations.

    Attributes:
        index: writes to and reads ``new``.
        old: what serves until `swap`.
    """

    index: ClusterIndex
    connection: Connection
    generations: Generations
    registry: Registry
    state: StateFile
    old: Generation
    new: Generation

    def finished(self, source: str) -> Finished | None:
        """What the machine of a source has said with `finish`; None where it has not."""
        said = self.registry.finished(source, self.new.uuid)
        return None if said is None else Finished(said["revision"], said["documents"])

    def finish(self, source: str, said: Finished) -> None:
        """Tell other machines that this one has brought its source over."""
        self.registry.finish(source, self.new.uuid, asdict(said))

    def prepare(self) -> None:
        """Bring back the settings for searches, and wait for what they ask for."""
        self.generations.set(self.new.index, serving_settings())
        self.index.settle()
        deadline = time.monotonic() + _COPIES_S
        params = {
            "wait_for_status": "yellow",
            "wait_for_no_initializing_shards": "true",
            "timeout": f"{_COPIES_ASKED_S}s",
        }
        while time.monotonic() < deadline:
            answer = self.connection.ask(
                "GET",
                f"/_cluster/health/{self.new.index}",
                params=params,
                timeout_s=2 * _COPIES_ASKED_S,
                # Not every user may ask, and who may not need not wait.
                allowed=(403, 408),
            )
            if answer.status != 408:
                return

    def freeze(self) -> None:
        """The old index refuses writes from now on."""
        self.generations.freeze(self.old)

    def thaw(self) -> None:
        """The old index takes writes again, unless the new one serves already."""
        if not self._old_serves():
            return
        self.generations.thaw(self.old)
        if not self._old_serves():
            self._freeze_again()

    def swap(self, *, keep_old: bool) -> Swapped | None:
        """The name stands for the new index from one moment to the next.

        An old one that is kept stays frozen, so that nobody writes what nobody would find.

        Returns:
            None where somebody has let the old one take writes again.

        Raises:
            RebuildError: the rebuild was abandoned, or something else took the name.
        """
        serving = self._serving()
        if serving.uuid != self.new.uuid:
            if serving.uuid != self.old.uuid or self.generations.building() is None:
                raise overtaken(self.index.name)
            if not serving.is_frozen:
                return None
            self.generations.swap(self.old, self.new, drop_old=not keep_old)
        remember_uuid(self.state, self.connection.url, self.index.name, self.new.uuid)
        if not keep_old:
            Manifests(self.state, self.old.uuid).forget_all()
            return Swapped(self.new.index, "", ())
        return Swapped(self.new.index, self.old.index, tuple(self._about_kept()))

    def abandon(self) -> None:
        """Delete the new index; the old one takes writes again.

        Raises:
            RebuildError: the new one serves by now.
        """
        self.thaw()
        serving = self._serving()
        if serving.uuid == self.new.uuid:
            raise overtaken(self.index.name)
        try:
            self.generations.give_up(self.new, serving)
        except ClusterError:
            if self._serving().uuid == self.new.uuid:
                self._freeze_again()
                raise overtaken(self.index.name) from None
            raise
        Manifests(self.state, self.new.uuid).forget_all()

    def close(self) -> None:
        """Nothing: the connection is that of the old index."""

    def _freeze_again(self) -> None:
        """Of an old index that was thawed when somebody else swapped the two: it may be gone."""
        with suppress(ClusterIndexError):
            self.freeze()

    def _old_serves(self) -> bool:
        return self._serving().uuid == self.old.uuid

    def _serving(self) -> Generation:
        serving = self.generations.serving()
        if serving is None:
            raise overtaken(self.index.name)
        return serving

    def _about_kept(self) -> Iterator[str]:
        name, old, new = self.index.name, self.old.index, self.new.index
        actions = [
            {"remove": {"index": new, "alias": name}},
            {"add": {"index": old, "alias": name}},
        ]
        yield f"To delete it: DELETE /{old}"
        yield (
            f"To go back to it: POST /_aliases {json.dumps({'actions': actions})}, then: "
            f"PUT /{old}/_settings {json.dumps({WRITE_BLOCK: None})}"
        )


def begun(
    generations: Generations,
    name: str,
    old: Generation,
    schema: Schema,
    field_type: FieldType,
) -> Generation:
    """The index being built: a new one, or the one begun if it is to become the same.

    Raises:
        RebuildError: it is to become another.
    """
    new = generations.build(schema, field_type, old)
    if old.uuid not in new.rebuilt_from:
        raise RebuildError(
            f"{new.index} was begun to take the place of an index {name!r} that is not there any "
            "more.",
            "Give it up with: lsr-os reindex --abandon",
        )
    if new.schema != schema:
        raise RebuildError(
            f"A rebuild of {name!r} with the model {new.schema.model!r} was begun and is not "
            "finished.",
            _FINISH_OR_ABANDON,
        )
    if new.field_type != field_type:
        raise RebuildError(
            f"A rebuild of {name!r} with the field type {new.field_type} was begun and is not "
            "finished.",
            _FINISH_OR_ABANDON,
        )
    return new


def overtaken(name: str) -> RebuildError:
    """The error for a rebuild whose indexes are not what they were."""
    return RebuildError(
        f"The rebuild of {name!r} was finished or abandoned from elsewhere meanwhile.",
        "See what serves now: lsr-os status",
    )


@contextmanager
def explained(generations: Generations, name: str, target: Generation) -> Iterator[None]:
    """Writes to ``target``: where a rebuild is why they are refused, say so."""
    try:
        yield
    except (ClusterBlockedError, ClusterIndexError) as error:
        reason = _reason(generations, name, target)
        if reason is None:
            raise
        raise reason from error


def _reason(generations: Generations, name: str, target: Generation) -> LsrError | None:
    serving, building = generations.serving(), generations.building()
    uuids = {one.uuid for one in (serving, building) if one is not None}
    if serving is not None and target.uuid not in uuids:
        if target.uuid in serving.rebuilt_from:
            return ClusterIndexError(
                f"The index {name!r} was rebuilt while this run wrote to the one before.",
                "Run the same command again: it goes on with the index that serves now.",
            )
        return overtaken(name)
    if serving is not None and building is not None and serving.is_frozen:
        return ClusterBlockedError(
            f"The index {name!r} takes no writes, because it is in the last step of being rebuilt; "
            "nothing that was acknowledged is lost.",
            "Run the same command again in a minute. If no rebuild is running any more, "
            "`lsr-os reindex` finishes it and `lsr-os reindex --abandon` gives it up.",
        )
    return None
