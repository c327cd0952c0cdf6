"""The folders of one machine among the sources of an index."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from lsr_opensearch.engines.port import SourceBinding

SCHEME = "file://"


def folders_of(bindings: Iterable[SourceBinding], host: str) -> list[SourceBinding]:
    """The sources that stand for folders of the machine ``host``."""
    return [binding for binding in bindings if binding.root and binding.host == host]


def index_command(bindings: Iterable[SourceBinding], host: str) -> str:
    """What indexes all folders of a machine; FOLDER where it has none."""
    folders = [shlex.quote(_path(binding.root)) for binding in folders_of(bindings, host)]
    return f"lsr-os index {' '.join(folders) or 'FOLDER'}"


def _path(root: str) -> str:
    return os.fsdecode(unquote_to_bytes(root.removeprefix(SCHEME)))
