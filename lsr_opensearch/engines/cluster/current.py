"""Which of the indexes behind a name an object is for, as it was last looked up."""

from __future__ import annotations

from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.other_model import other_schema
from lsr_opensearch.engines.port import Schema
from lsr_opensearch.errors import ClusterIndexError


class CurrentGeneration:
    """The index that serves, or the one that a rebuild fills.

    Args:
        generations: of the name.
        being_built: the one that a rebuild fills, not the one that serves; also once it does.
    """

    def __init__(self, generations: Generations, being_built: Generation | None) -> None:
        self._generations = generations
        self._being_built = being_built
        self._known = being_built
        # What whoever uses the object encodes for; it stays when the name moves on.
        self._schema: Schema | None = being_built.schema if being_built else None

    def schema(self) -> Schema | None:
        """What the index holds at this moment, or None where there is none."""
        self._known = self.looked_up()
        if self._known is None:
            return None
        self._schema = self._schema or self._known.schema
        return self._known.schema

    def required(self) -> Generation:
        """The index, looked up where it is not known.

        Raises:
            ClusterIndexError: there is none.
        """
        current = self.known_or_looked_up()
        if current is None:
            raise ClusterIndexError(
                f"There is no index {self._generations.name!r} in "
                f"{self._generations.connection.url}.",
                "Make it first: lsr-os index FOLDER",
            )
        return current

    def known_or_looked_up(self) -> Generation | None:
        """The index, looked up where it is not known; None where there is none."""
        self._known = self._known or self.looked_up()
        return self._known

    def looked_up(self) -> Generation | None:
        """The index as it is at this moment; None where there is none."""
        serving = self._generations.serving()
        if self._being_built is None:
            return serving
        for found in (serving, self._generations.building()):
            if found is not None and found.uuid == self._being_built.uuid:
                return found
        return None

    def take(self, found: Generation) -> None:
        """Be for this one from now on."""
        self._known, self._schema = found, found.schema

    def look_again(self) -> None:
        """Look it up when it is next needed."""
        self._known = None

    def forget(self) -> None:
        """It is gone; one that comes may be of any schema."""
        self._known = self._schema = None

    def agrees(self) -> bool:
        """Whether the index, as it is known, is of the schema that is encoded for."""
        return self._schema in (None, self.required().schema)

    def has_moved(self, before: Generation) -> bool:
        """Whether another index is there now than ``before``; it is taken from now on.

        Raises:
            SpaceMismatchError: the same words do not weigh the same in it.
        """
        now = self.looked_up()
        wanted = self._schema or before.schema
        if now is not None and now.schema != wanted:
            raise other_schema(self._generations.name, now.schema, wanted)
        self._known = now
        return now is None or now.uuid != before.uuid
