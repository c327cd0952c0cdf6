"""What a caption file says of pictures, looked up by a picture's path."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lsr_opensearch.indexing.captions.cleaning import clean_text
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

    A file is found by its path relative to the root of the source, else by its bare name where
    only one row has that name. Letters with accents match however they are composed.

    Attributes:
        path: of the caption file, as people read it.
        problems: what was wrong with its rows; sentences that start with the line or entry.
    """

    path: str
    problems: tuple[str, ...]
    _by_path: Mapping[bytes, CaptionRow]
    # Bare name -> the one path that has it, or None where several have.
    _by_name: Mapping[bytes, bytes | None]
    _shared_names: frozenset[bytes] = frozenset()

    def __len__(self) -> int:
        """How many files the table speaks of."""
        return len(self._by_path)

    def find(self, relative: bytes) -> CaptionRow | None:
        """What the file says of a picture, or None where no row fits."""
        path = self._row_of(_key(relative))
        return None if path is None else self._by_path[path]

    def for_files(self, relatives: Iterable[bytes]) -> CaptionTable:
        """The same table, sure not to give one row's captions to several of these files.

        A row that names no folder fits every file of that name. Where several files have it, none
        gets the row, except the one whose whole relative path it is, and ``problems`` says so.
        """
        users: dict[bytes, list[bytes]] = {}
        for relative in relatives:
            key = _key(relative)
            if key not in self._by_path and (path := self._row_of(key)) is not None:
                users.setdefault(path, []).append(relative)
        shared = {path: files for path, files in users.items() if len(files) > 1}
        problems = tuple(_shared_problem(path, files) for path, files in sorted(shared.items()))
        return replace(
            self,
            problems=self.problems + problems,
            _shared_names=self._shared_names | {_bare(path) for path in shared},
        )

    def unused(self, relatives: Iterable[bytes]) -> tuple[bytes, ...]:
        """The paths in the table that fit none of these files, in the order of the table."""
        used = {self._row_of(_key(relative)) for relative in relatives}
        return tuple(
            path
            for path in self._by_path
            if path not in used and _bare(path) not in self._shared_names
        )

    def _row_of(self, key: bytes) -> bytes | None:
        if key in self._by_path:
            return key
        name = _bare(key)
        return None if name in self._shared_names else self._by_name.get(name)


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
        values = self._extra.setdefault(key, {}) if extra else {}
        for name, value in (extra or {}).items():
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
