"""Search images with words: learned sparse retrieval on one local file or a search cluster.

The names below are the public ones. They are imported when they are first used, so that importing
the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsr_opensearch.encoders import Encoder, load_encoder
    from lsr_opensearch.errors import LsrError
    from lsr_opensearch.indexing.captions import read_captions
    from lsr_opensearch.indexing.item import Item
    from lsr_opensearch.indexing.report import IndexReport
    from lsr_opensearch.photo_index import PhotoIndex, open_index
    from lsr_opensearch.searcher import Hit

__all__ = [
    "Encoder",
    "Hit",
    "IndexReport",
    "Item",
    "LsrError",
    "PhotoIndex",
    "load_encoder",
    "open_index",
    "read_captions",
]

_HOMES = {
    "Encoder": "encoders",
    "Hit": "searcher",
    "IndexReport": "indexing.report",
    "Item": "indexing.item",
    "LsrError": "errors",
    "PhotoIndex": "photo_index",
    "load_encoder": "encoders",
    "open_index": "photo_index",
    "read_captions": "indexing.captions",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
