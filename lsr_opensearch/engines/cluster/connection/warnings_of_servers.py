"""Warnings that servers send with their answers: written to the log, once each."""

from __future__ import annotations

import logging
import re

_LOG = logging.getLogger("lsr_opensearch.cluster")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MOST_REMEMBERED = 100
_seen: set[str] = set()


def log_warning(header: str) -> None:
    """Log the texts in a ``Warning`` header that were not logged before."""
    for text in _TEXT.findall(header) or [header]:
        if text not in _seen and len(_seen) < _MOST_REMEMBERED:
            _seen.add(text)
            _LOG.info("The cluster warns: %s", text)
