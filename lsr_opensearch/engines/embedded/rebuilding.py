"""The next index of a name, beside it in the same file, until one transaction swaps them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsr_opensearch.engines.embedded.search.view import read_index, required_index
from lsr_opensearch.engines.embedded.storage.store import Store
from lsr_opensearch.engines.embedded.storage.vocabulary import Vocabulary
from lsr_opensearch.engines.embedded.tuning import Tuning
from lsr_opensearch.engines.embedded.write import removal
from lsr_opensearch.engines.embedded.write.writer import Writer
from lsr_opensearch.engines.port import Schema
from lsr_opensearch.engines.rebuild import Finished, Swapped
from lsr_opensearch.errors import RebuildError, UsageError

if TYPE_CHECKING:
    from lsr_opensearch.engines.embedded.index import EmbeddedIndex


def next_name(name: str) -> str:
    """What the index is called that is to take the place of ``name``."""
    return f"{name}.next"


@dataclass
class EmbeddedRebuild:
    """The `Rebuild` port over two indexes of one file.

    Nothing is locked: `swap` notices what was written since `freeze`.

    Attributes:
        name: of the index that serves until `swap`.
        index: the one that is being made.
    """

    store: Store
    name: str
    index: EmbeddedIndex
    tuning: Tuning
    _seen: tuple[int, int] | None = None

    def finished(self, source: str) -> Finished | None:  # noqa: ARG002
        """Nothing: no other machine writes to the file."""
        return None

    def finish(self, source: str, said: Finished) -> None:
        """Nothing: nobody else needs to know."""

    def prepare(self) -> None:
        """Bring the documents into few segments."""
        self.index.optimize()

    def freeze(self) -> None:
        """Remember the moment."""
        self._seen = self._moment()

    def thaw(self) -> None:
        """Nothing: the serving index takes writes all the time."""

    def swap(self, *, keep_old: bool) -> Swapped | None:
        """The new index takes the name, in one transaction.

        Returns:
            None where the old one was written to since `freeze`.

        Raises:
            RebuildError: the rebuild was finished or abandoned from elsewhere.
        """
        with self.store.writing() as connection:
            old = required_index(connection, self.name, self.store.shown_path)
            new = read_index(connection, next_name(self.name))
            if new is None:
                raise overtaken(self.name)
            if (old.id, old.revision) != self._seen:
                return None
            kept = f"{self.name}-{old.id:06d}" if keep_old else ""
            if keep_old:
                removal.rename(connection, old.id, kept)
            else:
                removal.unname(connection, self.name)
            removal.rename(connection, new.id, self.name)
        if not keep_old:
            removal.purge_all(self.store, self.tuning)
        return Swapped(self.name, kept, self._about(kept) if kept else ())

    def abandon(self) -> None:
        """Delete the new index."""
        self.index.drop()

    def close(self) -> None:
        """Close the second connection to the file."""
        self.index.close()

    def _moment(self) -> tuple[int, int]:
        with self.store.reading() as connection:
            index = required_index(connection, self.name, self.store.shown_path)
            return index.id, index.revision

    def _about(self, kept: str) -> tuple[str, ...]:
        where = f"--url {shlex.quote(self.store.shown_path)} --index {shlex.quote(kept)}"
        return (
            f"To search in it: lsr-os search {where} ...",
            f"To delete it: lsr-os forget --all {where}",
        )


def begin(rebuild: EmbeddedRebuild, schema: Schema, field_type: str | None) -> EmbeddedRebuild:
    """Make the new index, or take the one that was begun.

    Raises:
        RebuildError: the one that was begun has another schema.
        UsageError: a field type is given.
    """
    if field_type is not None:
        raise UsageError(
            "An index file has one kind of fields, so there is no field type to choose.",
            "Leave --field-type out.",
        )
    name = rebuild.name
    found = rebuild.index.schema()
    if found is None:
        Writer(rebuild.store, next_name(name), Vocabulary(), rebuild.tuning).create(schema)
    elif found != schema:
        raise RebuildError(
            f"A rebuild of {name!r} with the model {found.model!r} was begun and is not finished.",
            "Finish that one with the options it was begun with, or give it up: "
            "lsr-os reindex --abandon",
        )
    return rebuild


def overtaken(name: str) -> RebuildError:
    """The error for a rebuild whose index is not there any more."""
    return RebuildError(
        f"The rebuild of {name.removesuffix('.next')!r} was finished or abandoned from elsewhere "
        "meanwhile.",
        "See what serves now: lsr-os status",
    )
