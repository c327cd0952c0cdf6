"""Captions in JSON objects, one a picture: JSON Lines, or one JSON list of such objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lsr_opensearch.indexing.captions.columns import caption_columns, file_column, normal
from lsr_opensearch.indexing.captions.encoding import text_lines
from lsr_opensearch.indexing.captions.table import CaptionTable, TableBuilder
from lsr_opensearch.indexing.sources import display_path


def read_json_lines(path: bytes) -> CaptionTable:
    """Captions of a JSON Lines file, such as the ``metadata.jsonl`` of an image folder.

    Raises:
        CaptionFileError: unreadable, or not UTF-8.
    """
    builder = TableBuilder(display_path(path))
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            _add_line(builder, f"line {number}", line)
    return builder.build()


def read_json_list(path: bytes, rows: Sequence[Any]) -> CaptionTable:
    """Captions of a JSON list of objects."""
    builder = TableBuilder(display_path(path))
    for number, row in enumerate(rows, start=1):
        _add_row(builder, f"entry {number}", row)
    return builder.build()


def names_a_file(row: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a row by itself: a file of JSON Lines may have a single line."""
    return file_column({normal(key): None for key in row}) is not None


def parse_json(text: str) -> Any:
    """JSON without NaN and infinities, which no index accepts (they become null).

    Raises:
        ValueError: not JSON, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _add_line(builder: TableBuilder, place: str, line: str) -> None:
    try:
        row = parse_json(line)
    except ValueError as error:
        builder.problem(place, f"not a JSON object ({error}).")
        return
    _add_row(builder, place, row)


def _add_row(builder: TableBuilder, place: str, row: Any) -> None:
    """Add one object with a file name, and captions under one or more of the known keys."""
    if not isinstance(row, Mapping):
        builder.problem(place, "not a JSON object.")
        return
    keys = {normal(key): key for key in reversed(list(row)) if row[key] is not None}
    texts = {name: key for name, key in keys.items() if isinstance(row[key], str)}
    file = file_column(texts)
    if file is None:
        builder.problem(place, 'no file name; write it as "file": "beach.jpg".')
        return
    names = caption_columns(keys)
    used = {keys[file], *(keys[name] for name in names)}
    extra = {key: value for key, value in row.items() if key not in used and value is not None}
    captions = [text for name in names for text in _captions(builder, place, row[keys[name]])]
    if not captions:
        builder.problem(place, f"no caption for {row[keys[file]]}.")
    builder.add(place, row[keys[file]], captions, {name: extra[name] for name in extra if name})


def _captions(builder: TableBuilder, place: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    captions = [caption for caption in values if isinstance(caption, str)]
    if len(captions) < len(values):
        builder.problem(place, "a caption that is not text was left out.")
    return captions
