"""Captions in a text file beside the photo: ``photo.jpg.txt``, or ``photo.txt``."""

from __future__ import annotations

import codecs
import os
import stat

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions.cleaning import clean_texts
from lsr_opensearch.indexing.captions.encoding import unreadable
from lsr_opensearch.indexing.sources import display_path

# Larger text files are something else than captions.
_MAX_BYTES = 1024 * 1024


def sidecar_stamp(photo: bytes) -> str:
    """Changes when the photo's sidecar does, or when another file becomes it; empty without one."""
    for path in _candidates(photo):
        try:
            status = os.stat(path)
        except OSError:
            # No such file, which is the rule.
            continue
        if stat.S_ISREG(status.st_mode):
            return f"{len(path) - len(photo)}:{status.st_size}:{status.st_mtime_ns}"
    return ""


def read_sidecar(photo: bytes) -> tuple[str, ...]:
    """The captions in the photo's sidecar: each line that is not empty, each once.

    ``photo.jpg.txt`` goes before ``photo.txt``.

    Raises:
        CaptionFileError: it cannot be read, or is too large to be captions.
    """
    path = next((path for path in _candidates(photo) if os.path.isfile(path)), None)
    if path is None:
        return ()
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > _MAX_BYTES:
        raise CaptionFileError(
            f"{display_path(path)}: larger than {_MAX_BYTES >> 20} MiB, so not a file of captions.",
            "Rename it if it does not belong to the photo of that name.",
        )
    return clean_texts(_decoded(content).splitlines())


def _candidates(photo: bytes) -> tuple[bytes, bytes]:
    return photo + b".txt", os.path.splitext(photo)[0] + b".txt"


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old editors wrote the code page of Western Europe; latin-1 reads any bytes.
        return content.decode("latin-1")
