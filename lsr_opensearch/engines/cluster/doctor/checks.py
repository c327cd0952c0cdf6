"""All checks, in the order in which one would look."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.doctor import index, server
from lsr_opensearch.engines.cluster.doctor.finding import Finding
from lsr_opensearch.engines.cluster.generations import Generations
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.errors import ClusterError, LsrError

_LITTLE_ROOM_BYTES = 100e6


def examine(connection: Connection, name: str, state: StateFile) -> Iterator[Finding]:
    """What is found of the cluster and of the index ``name`` in it; nothing is changed there."""
    try:
        yield server.version(connection)
    except LsrError as error:
        yield Finding("connection", "problem", error.message, error.next_step)
        return
    try:
        yield from server.modules(connection)
        yield from server.settings(connection)
        yield from server.disks(connection)
        yield server.clock(connection)
        generations = Generations(connection, name)
        finding, serving = index.alias(generations, name)
        yield finding
        if serving is not None:
            yield from index.state(connection, generations, serving)
        yield index.privileges(connection, name)
    except ClusterError as error:
        yield Finding("connection", "problem", error.message, error.next_step)
    yield local_record(state)


def local_record(state: StateFile) -> Finding:
    """Can this machine remember what it writes?"""
    try:
        with state.transaction():
            pass
    except LsrError as error:
        return Finding("local record", "problem", error.message, error.next_step)
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(state.path))).free
    if free < _LITTLE_ROOM_BYTES:
        return Finding(
            "local record",
            "problem",
            f"There are only {free / 1e6:,.0f} MB free for {state.path}.",
            "Make room, or name another place with LSR_OS_STATE_DIR.",
        )
    return Finding("local record", "ok", state.path)
