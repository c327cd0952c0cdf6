"""Which pictures are trained on: whole groups of like pictures, by a hash of the group's name."""

from __future__ import annotations

import hashlib
import re

_BUCKETS = 1000


def bucket(group: str) -> int:
    """A number from 0 to 999 that depends on the group's name only."""
    return int(hashlib.md5(group.encode()).hexdigest(), 16) % _BUCKETS


def openclipart_group(folders: list[str], name: str) -> str:
    """Drawings of one folder whose names begin alike: "cat_01", "cat_02" are one group."""
    stem = re.sub(r"[\d_\-\.]+$", "", name.lower())
    stem = re.sub(r"_[a-z]{1,2}_?\d*$", "", stem)
    return "o:" + "/".join(folders) + "/" + stem[:14]


def openclipart_split(group: str) -> str:
    """A tenth for the test, three hundredths for choices, the rest for training."""
    number = bucket(group)
    if number < 100:
        return "test"
    return "val" if number < 130 else "train"


def stamp_group(caption: str) -> str:
    """Stamps of the same caption, letters only, are one group."""
    return "s:" + re.sub(r"[^a-z]+", " ", caption.lower()).strip()


def stamp_split(group: str) -> str:
    """Stamps are never trained on: half are for the test, half for choices."""
    return "test" if bucket(group) < 500 else "val"
