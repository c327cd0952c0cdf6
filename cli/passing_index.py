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

from .interruption import at_the_second_interruption
from .output import note
from .store import Store

PREFIX = "lsr-os-eval-"


@contextmanager
def passing_file() -> Iterator[Index]:
    """An index in a file of its own."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
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
    from lsr_opensearch.evaluation.retrieval import make

    index = Store(url, f"{PREFIX}{uuid.uuid4().hex[:12]}", insecure, ca_certs).reach(**kind)
    try:
        # What a cluster was asked to make, it makes, even if nobody waits for it any more: it
        # would come back after it was removed.
        with at_the_second_interruption():
            make(index)
        yield index
    finally:
        with at_the_second_interruption():
            _remove(index)


def _remove(index: Index) -> None:
    try:
        index.drop()
    except (LsrError, KeyboardInterrupt):
        note(
            f"The index {index.name} is left in {index.url}. Once the cluster can be reached, "
            f"remove it: lsr-os forget --all --url {index.url} --index {index.name}"
        )
        raise
    finally:
        index.close()
