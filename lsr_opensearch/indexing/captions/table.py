"""What a caption file says of pictures, looked up by a picture's path."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lsr_opensearch.indexing.captions.cleaning import clean_text, without_surrogates
from lsr_opensearch.indexing.sources import display_path


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """What a caption file says of one picture.

    Attributes:
        captions: each once, in the order of the file.
        extra: free metadata by name; values are what JSON can hold.
    """

    captions: tuple[str, ...]
    extra: Mapping[str, Any]


@dataclass(frozen=True)
class CaptionTable:
    """Captions by file.

    A file is found by its path below the indexed folder, else by its path below the root of the
    source, else by its bare name where only one row has that name. Letters with accents match
    however they are composed.

    Attributes:
        path: of the caption file, as people read it.
        problems: what was wrong with its rows; sentences that start with the line or entry.
    """

    path: str
    problems: tuple[str, ...]
    _by_path: Mapping[bytes, CaptionRow]
    # Bare name -> the one path that has it, or None where several have.
    _by_name: Mapping[bytes, bytes | None]
    # Bare names whose row belongs to the file of that very path, or to nobody.
    _closed_names: frozenset[bytes] = frozenset()
    # Of those, the names that several files have.
    _shared_names: frozenset[bytes] = frozenset()
    _folder: bytes = b""

    def __len__(self) -> int:
        """How many files the table speaks of."""
        return len(self._by_path)

    def find(self, relative: bytes) -> CaptionRow | None:
        """What the file says of a picture, or None where no row fits."""
        path = self._row_of(relative)
        return None if path is None else self._by_path[path]

    def for_files(self, relatives: Iterable[bytes], folder: bytes = b"") -> CaptionTable:
        """The same table, sure not to give one row's captions to several of these files.

        A row belongs to the file whose whole path it is. Where there is none, it fits every file
        of its bare name; where several have it, none gets the row, and ``problems`` says so.

        Args:
            folder: the indexed folder, relative to the root of the source, with a slash at the
                end: the rows' paths may start there as well as at the root.
        """
        table = replace(self, _folder=_key(folder))
        owned: set[bytes] = set()
        users: dict[bytes, list[bytes]] = {}
        for relative in relatives:
            if (exact := table._exact_row_of(relative)) is not None:
                owned.add(exact)
            elif (path := table._row_of(relative)) is not None:
                users.setdefault(path, []).append(relative)
        shared = {
            path: files for path, files in users.items() if len(files) > 1 and path not in owned
        }
        problems = tuple(_shared_problem(path, files) for path, files in sorted(shared.items()))
        return replace(
            table,
            problems=self.problems + problems,
            _closed_names=frozenset(_bare(path) for path in users if path in owned | shared.keys()),
            _shared_names=frozenset(_bare(path) for path in shared),
        )

    def unused(self, relatives: Iterable[bytes]) -> tuple[bytes, ...]:
        """The paths in the table that fit none of these files, in the order of the table."""
        used = {self._row_of(relative) for relative in relatives}
        return tuple(
            path
            for path in self._by_path
            if path not in used and _bare(path) not in self._shared_names
        )

    def _row_of(self, relative: bytes) -> bytes | None:
        exact = self._exact_row_of(relative)
        if exact is not None:
            return exact
        name = _bare(_key(relative))
        return None if name in self._closed_names else self._by_name.get(name)

    def _exact_row_of(self, relative: bytes) -> bytes | None:
        key = _key(relative)
        below_folder = key.removeprefix(self._folder)
        return next((path for path in (below_folder, key) if path in self._by_path), None)


_NO_EXTRA: Mapping[str, Any] = {}


class TableBuilder:
    """Collects the rows of a caption file, and what was wrong with them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._captions: dict[bytes, dict[str, None]] = {}
        self._extra: dict[bytes, dict[str, Any]] = {}
        self._problems: list[str] = []

    def problem(self, place: str, what: str) -> None:
        """Note what is wrong with a row; ``place`` is for example ``line 3``."""
        self._problems.append(f"{place}: {what}")

    def add(
        self, place: str, file: str, captions: Sequence[str], extra: Mapping[str, Any] | None = None
    ) -> None:
        """Add a row. Rows of the same file are put together; of extra values the first stays."""
        try:
            key = _key(os.fsencode(file.strip()))
        except UnicodeEncodeError:
            self.problem(place, f"the file name {file!r} cannot be written as UTF-8.")
            return
        if not key or b"\0" in key:
            self.problem(place, "the file name is empty.")
            return
        known = self._captions.setdefault(key, {})
        for caption in captions:
            cleaned = clean_text(caption)
            if not cleaned:
                self.problem(place, f"the caption of {file} is empty.")
            elif cleaned in known:
                self.problem(place, f"{file} has this caption already: {_short(cleaned)}.")
            else:
                known[cleaned] = None
        if not extra:
            return
        storable = without_surrogates(extra)
        if storable != extra:
            self.problem(place, f"half a character was left out of the metadata of {file}.")
        values = self._extra.setdefault(key, {})
        for name, value in storable.items():
            values.setdefault(name, value)

    def build(self) -> CaptionTable:
        """The table of all rows. The builder is empty afterwards: rows are not kept twice."""
        by_path = {}
        for key in list(self._captions):
            captions = tuple(self._captions.pop(key))
            by_path[key] = CaptionRow(captions, self._extra.pop(key, _NO_EXTRA))
        counts = Counter(_bare(key) for key in by_path)
        by_name = {_bare(key): key if counts[_bare(key)] == 1 else None for key in by_path}
        return CaptionTable(self._path, tuple(self._problems), by_path, by_name)


def _key(path: bytes) -> bytes:
    """A path as rows and files are compared: no ``./`` in front, accents composed (NFC).

    macOS decomposes the accents in file names, and people's spreadsheets do not.
    """
    while path.startswith(b"./"):
        path = path[2:].lstrip(b"/")
    if path.isascii():
        return path
    try:
        return unicodedata.normalize("NFC", path.decode()).encode()
    except UnicodeDecodeError:
        return path


def _bare(path: bytes) -> bytes:
    return path.rsplit(b"/", 1)[-1]


def _shared_problem(path: bytes, files: Sequence[bytes]) -> str:
    shown = ", ".join(display_path(file) for file in files[:2])
    more = ", ..." if len(files) > 2 else ""
    return (
        f"{display_path(path)} fits {len(files)} files ({shown}{more}), so none of them got its "
        "captions; write their paths instead of the bare name."
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
