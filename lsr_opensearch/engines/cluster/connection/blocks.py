"""Blocks on an index: how clusters number and call them, and the requests that lift them."""

from __future__ import annotations

import json
from collections.abc import Iterable

# By their numbers in what clusters say, as the engines' ClusterBlock constants have them.
BLOCKS = {5: "read_only", 7: "read", 8: "write", 9: "metadata", 12: "read_only_allow_delete"}
DISK_BLOCK = BLOCKS[12]


def block_setting(block: str) -> str:
    """The setting of an index that is the block."""
    return f"index.blocks.{block}"


def lifting(index: str, blocks: Iterable[str]) -> str:
    """The request that lifts blocks, for people to send."""
    return f"PUT /{index}/_settings {json.dumps(dict.fromkeys(map(block_setting, blocks)))}"


def making_room(index: str) -> str:
    """What to do about a disk that is nearly full, beyond which an index takes no writes."""
    return (
        "Make room on it, or add a node; the block goes by itself then, or with: "
        f"{lifting(index, [DISK_BLOCK])}."
    )
