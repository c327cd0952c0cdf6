"""What a command needs of the machine that it runs on, whatever the engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

from lsr_opensearch.encoders import encoder_of
from lsr_opensearch.engines.finding import Finding, State
from lsr_opensearch.engines.port import Schema
from lsr_opensearch.errors import LsrError

_LITTLE_ROOM_BYTES = 100e6
# Package -> the extra that brings it, and which pictures it reads.
_DECODERS = {"pillow_heif": ("heif", "HEIC"), "rawpy": ("raw", "camera raw")}


def model(index: str, schema: Schema) -> Iterator[Finding]:
    """Is the index's model here, and still the same?"""
    try:
        encoder = encoder_of(index, schema.model)
    except LsrError as error:
        yield Finding("model", "problem", error.message, error.next_step)
        return
    if any(field.space_id != encoder.space_id for field in schema.fields.values()):
        yield Finding(
            "model",
            "problem",
            f"The index was made by another version of the model {schema.model!r}.",
            f"Rebuild it: lsr-os reindex --model {schema.model}",
        )
        return
    yield Finding("model", "ok", f"{schema.model}, in the same space as the index")


def decoders() -> Iterator[Finding]:
    """Which pictures could not be read for want of a package?"""
    missing = [
        (extra, what) for name, (extra, what) in _DECODERS.items() if find_spec(name) is None
    ]
    if not missing:
        yield Finding("decoders", "ok", "every format that is known")
        return
    formats = " and ".join(what for _extra, what in missing)
    extras = ",".join(extra for extra, _what in missing)
    yield Finding(
        "decoders",
        "note",
        f"{formats} pictures are skipped: what reads them is not installed.",
        f"If you have any: pip install 'lsr-opensearch[{extras}]'",
    )


def room(check: str, path: str, elsewhere: str, unwritable: State) -> Iterator[Finding]:
    """Can a file be written to, or made, and is there room on its disk?

    Args:
        elsewhere: how another place is named.
        unwritable: how bad it is where nothing can be written.
    """
    folder = nearest_folder(path)
    for place in (path, folder):
        if os.path.exists(place) and not os.access(place, os.W_OK):
            yield Finding(
                check,
                unwritable,
                f"{place} may not be written to: searching works, indexing does not.",
                f"To index, ask its owner for permission, or {elsewhere}",
            )
            return
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_ROOM_BYTES:
        yield Finding(
            check,
            "problem",
            f"There are only {free / 1e6:,.0f} MB free for {path}.",
            f"Make room, or {elsewhere}",
        )
        return
    yield Finding(check, "ok", f"{path}, {free / 1e9:,.1f} GB free")


def nearest_folder(path: str) -> str:
    """The folder that a file is in, or the deepest above it that is there."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder
