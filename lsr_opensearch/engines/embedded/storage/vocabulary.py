"""The file's words and their ids. A word, once written, keeps its id for ever."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from lsr_opensearch.engines.embedded.storage.failures import DamagedError

# Above this many remembered words the memory is emptied: some 100 MB.
_REMEMBERED = 500_000


class Vocabulary:
    """Words to ids and back, remembered from what was read and written."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._texts: dict[int, str] = {}

    def forget(self) -> None:
        """Remember nothing: after a transaction that added words was undone."""
        self._ids.clear()
        self._texts.clear()

    def ids(self, connection: sqlite3.Connection, texts: Iterable[str]) -> dict[str, int]:
        """The ids of those words that the file holds."""
        wanted = set(texts)
        unknown = [text for text in wanted if text not in self._ids]
        if unknown:
            self._remember(
                connection.execute(
                    "SELECT terms.id, terms.text FROM json_each(?) AS wanted"
                    " CROSS JOIN terms ON terms.text = wanted.value",
                    (json.dumps(unknown),),
                )
            )
        return {text: self._ids[text] for text in wanted if text in self._ids}

    def add(self, connection: sqlite3.Connection, texts: Iterable[str]) -> Mapping[str, int]:
        """The ids of these words (and of others); those that are new are written."""
        unknown = [text for text in texts if text not in self._ids]
        if unknown:
            known = self.ids(connection, unknown)
            connection.executemany(
                "INSERT INTO terms (text) VALUES (?)",
                ((text,) for text in sorted(set(unknown)) if text not in known),
            )
            self.ids(connection, unknown)
        return self._ids

    def texts(self, connection: sqlite3.Connection, ids: Sequence[int]) -> list[str]:
        """The words of these ids, in their order.

        Raises:
            DamagedError: an id that the file does not have.
        """
        with suppress(KeyError):  # mostly all are known, and this is the fastest way to see it
            return list(map(self._texts.__getitem__, ids))
        unknown = [number for number in ids if number not in self._texts]
        self._remember(
            connection.execute(
                "SELECT terms.id, terms.text FROM json_each(?) AS wanted"
                " CROSS JOIN terms ON terms.id = wanted.value",
                (json.dumps(unknown),),
            )
        )
        if any(number not in self._texts for number in unknown):
            raise DamagedError("a document has a word that is not there")
        return list(map(self._texts.__getitem__, ids))

    def limit(self) -> None:
        """Between transactions: remember nothing if there is too much to remember."""
        if len(self._ids) > _REMEMBERED:
            self.forget()

    def _remember(self, rows: Iterable[tuple[int, str]]) -> None:
        for number, text in rows:
            self._ids[text] = number
            self._texts[number] = text
