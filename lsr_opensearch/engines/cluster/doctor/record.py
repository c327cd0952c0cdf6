"""The file in which this machine remembers what it has written to clusters."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.engines.surroundings import room
from lsr_opensearch.errors import LsrError


def local_record(state: StateFile) -> Iterator[Finding]:
    """Can this machine remember what it writes? Where there is no such file yet, none is made."""
    try:
        with state.looking():
            pass
    except LsrError as error:
        yield Finding("local record", "problem", error.message, error.next_step)
        return
    yield from room(
        "local record", state.path, "name another place with LSR_OS_STATE_DIR.", "problem"
    )
