"""Captions for pictures: from a caption file, a text file beside the photo, or the photo itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions.annotations import read_coco, read_karpathy
from lsr_opensearch.indexing.captions.cleaning import clean_text, clean_texts
from lsr_opensearch.indexing.captions.delimited import read_delimited
from lsr_opensearch.indexing.captions.encoding import text_lines, whole_text
from lsr_opensearch.indexing.captions.json_rows import (
    names_a_file,
    parse_json,
    read_json_lines,
    read_json_list,
)
from lsr_opensearch.indexing.captions.sidecar import read_sidecar, sidecar_stamp
from lsr_opensearch.indexing.captions.table import CaptionRow, CaptionTable
from lsr_opensearch.indexing.sources import display_path

__all__ = [
    "CaptionRow",
    "CaptionTable",
    "clean_text",
    "clean_texts",
    "read_captions",
    "read_sidecar",
    "sidecar_stamp",
]


def read_captions(path: str | bytes | os.PathLike[str]) -> CaptionTable:
    """Read a caption file of any known form: CSV, TSV, JSON Lines, COCO or Karpathy JSON.

    The form is recognised by the suffix, and by the content where the suffix says little.

    Raises:
        CaptionFileError: the file cannot be read, or is in no known form.
    """
    file = os.fsencode(path)
    suffix = os.path.splitext(file)[1].lower().decode("ascii", "replace")
    reader = _READERS.get(suffix) or _reader_by_content(file)
    table = reader(file)
    if not len(table) and table.problems:
        raise CaptionFileError(
            f"{table.path}: no captions could be read ({table.problems[0].rstrip('.')}).",
            "Accepted forms: CSV, TSV, JSON Lines, COCO and Karpathy JSON.",
        )
    return table


def _read_csv(path: bytes) -> CaptionTable:
    return read_delimited(path, ",;\t")


def _read_tsv(path: bytes) -> CaptionTable:
    return read_delimited(path, "\t")


def _read_json(path: bytes) -> CaptionTable:
    text = whole_text(path)
    try:
        content = parse_json(text)
    except ValueError as error:
        if _is_json(text.lstrip().partition("\n")[0]):
            return read_json_lines(path)
        raise CaptionFileError(
            f"{display_path(path)}: not valid JSON ({error}).", "Check that it is complete."
        ) from error
    if isinstance(content, list):
        return read_json_list(path, content)
    if isinstance(content, Mapping) and isinstance(content.get("images"), list):
        if isinstance(content.get("annotations"), list):
            return read_coco(path, content)
        if any(_has_sentences(image) for image in content["images"]):
            return read_karpathy(path, content["images"])
    if isinstance(content, Mapping) and names_a_file(content):
        return read_json_list(path, [content])
    raise CaptionFileError(
        f"{display_path(path)}: JSON, but neither COCO captions, nor a Karpathy split, nor a list "
        "of objects with a file name and a caption.",
        "See the accepted forms in the manual, page Captions.",
    )


_READERS: dict[str, Callable[[bytes], CaptionTable]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".tab": _read_tsv,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": _read_json,
}


def _reader_by_content(path: bytes) -> Callable[[bytes], CaptionTable]:
    first = next((line for line in text_lines(path) if line.strip()), "")
    if first.lstrip().startswith(("{", "[")):
        return _read_json
    return _read_tsv if "\t" in first else _read_csv


def _is_json(line: str) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def _has_sentences(image: Any) -> bool:
    return isinstance(image, Mapping) and isinstance(image.get("sentences"), list)
