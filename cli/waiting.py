"""What is said while a cluster keeps a command waiting: one line, not one a try."""

from __future__ import annotations

import logging
import time

import click

from lsr_opensearch.engines.cluster.connection.waiting import LOGGER

from .output import note

# A cluster that fails now and again is not told of each time.
_SILENCE_S = 60.0


class _Notes(logging.Handler):
    """Prints warnings beside the results."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._silent_until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + _SILENCE_S
            note(record.getMessage())


def tell_of_waiting() -> None:
    """Say, until the command that is running ends, when it has to wait for its cluster."""
    logger, notes = logging.getLogger(LOGGER), _Notes()
    logger.addHandler(notes)
    click.get_current_context().call_on_close(lambda: logger.removeHandler(notes))
