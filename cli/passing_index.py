"""Indexes that are gone once they were searched."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import LsrError

from .output import note
from .store import Store

_PREFIX = "lsr-os-eval-"


@contextmanager
def passing_file() -> Iterator[Index]:
    """An index in a file of its own."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        index = open_engine(os.path.join(folder, "index.sqlite"))
        try:
            yield index
        finally:
            index.close()


@contextmanager
def passing_in_cluster(
    url: str, *, insecure: bool, ca_certs: str | None, **kind: Any
) -> Iterator[Index]:
    """An index of its own name in a cluster; gone afterwards, with all that belongs to it.

    Args:
        kind: how it is to be made.
    """
    name = f"{_PREFIX}{uuid.uuid4().hex[:12]}"
    index = Store(url, name, insecure, ca_certs).reach(**kind)
    try:
        yield index
    finally:
        try:
            index.drop()
        except LsrError:
            note(
                f"The index {name} is left in {index.url}. Remove it once the cluster can be "
                f"reached: lsr-os forget --all --index {name}"
            )
            raise
        finally:
            index.close()
