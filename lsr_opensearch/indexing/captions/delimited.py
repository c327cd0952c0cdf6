"""Captions in CSV and TSV files, with a header or without."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions.columns import caption_columns, file_column, normal
from lsr_opensearch.indexing.captions.encoding import text_lines
from lsr_opensearch.indexing.captions.table import CaptionTable, TableBuilder
from lsr_opensearch.indexing.sources import display_path

_MAX_FIELD_CHARACTERS = 16 * 1024 * 1024


@dataclass(frozen=True)
class _Layout:
    """Which cells of a row are what; ``extra`` is (name, index)."""

    width: int
    file: int
    captions: tuple[int, ...]
    extra: tuple[tuple[str, int], ...] = ()


_NO_HEADER = _Layout(width=2, file=0, captions=(1,))


def read_delimited(path: bytes, delimiters: str) -> CaptionTable:
    """Captions of a CSV or TSV file.

    Args:
        delimiters: those to try on the first row, the most likely one first.

    Raises:
        CaptionFileError: unreadable, not UTF-8, or without a column of files and one of captions.
    """
    # A setting of the whole process: raised, never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD_CHARACTERS))
    shown = display_path(path)
    builder = TableBuilder(shown)
    first = _first_line(path)
    if first is None:
        builder.problem("line 1", "the file is empty.")
        return builder.build()
    delimiter, layout = _recognised(first, delimiters, shown)
    has_header = layout is not _NO_HEADER
    for row, (line, cells) in enumerate(_rows(path, delimiter, builder)):
        if row or not has_header:
            _add(builder, f"line {line}", cells, layout)
    return builder.build()


def _first_line(path: bytes) -> str | None:
    return next((line for line in text_lines(path) if line.strip()), None)


def _recognised(line: str, delimiters: str, shown: str) -> tuple[str, _Layout]:
    splits = [(delimiter, _split(line, delimiter)) for delimiter in delimiters]
    for delimiter, cells in splits:
        layout = _header(cells)
        if layout is not None:
            return delimiter, layout
    for delimiter, cells in splits:
        if len(cells) == _NO_HEADER.width:
            return delimiter, _NO_HEADER
    raise CaptionFileError(
        f"{shown}, line 1: found neither a header with a file and a caption column, nor exactly "
        "two columns.",
        "Write the names of the columns in the first line, for example: file,caption",
    )


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _header(cells: Sequence[str]) -> _Layout | None:
    indexes: dict[str, int] = {}
    for index, cell in enumerate(cells):
        indexes.setdefault(normal(cell), index)
    file, captions = file_column(indexes), caption_columns(indexes)
    if file is None or not captions:
        return None
    used = {indexes[file], *(indexes[name] for name in captions)}
    extra = tuple(
        (cell.strip(), index)
        for index, cell in enumerate(cells)
        if index not in used and cell.strip()
    )
    return _Layout(len(cells), indexes[file], tuple(indexes[name] for name in captions), extra)


class _Lines:
    """Numbered lines; those of a row that cannot be read are given back, all but the first."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._coming = enumerate(lines, start=1)
        self._given_back: deque[tuple[int, str]] = deque()
        self._taken: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._coming)
        self._taken.append(line)
        return line[1]

    def start_row(self) -> None:
        self._taken.clear()

    @property
    def row_number(self) -> int:
        return self._taken[0][0]

    def give_back(self) -> None:
        self._given_back.extendleft(reversed(self._taken[1:]))


def _rows(path: bytes, delimiter: str, builder: TableBuilder) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the number of the line in which they start."""
    lines = _Lines(text_lines(path))
    # Strict: a quote that is never closed would otherwise swallow all the rows after it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.start_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            builder.problem(
                f"line {lines.row_number}",
                f'not understood ({error}); close each quote, and write quotes in text twice ("").',
            )
            lines.give_back()
            continue
        if any(cell.strip() for cell in cells):
            yield lines.row_number, cells


def _add(builder: TableBuilder, place: str, cells: Sequence[str], layout: _Layout) -> None:
    needed = max(layout.file, *layout.captions[:1]) + 1
    if not needed <= len(cells) <= layout.width:
        builder.problem(
            place,
            f"{len(cells)} columns where {layout.width} were expected; put quotes around text "
            "that contains the delimiter.",
        )
        return
    padded = [*cells, *[""] * (layout.width - len(cells))]
    captions = [padded[index] for index in layout.captions]
    said = [caption for caption in captions if caption.strip()]
    extra = {name: padded[index].strip() for name, index in layout.extra if padded[index].strip()}
    builder.add(place, padded[layout.file], said or [""], extra)
