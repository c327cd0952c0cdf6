"""From a kind to a node that answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .configuration import configure, free_port
from .installation import install
from .java import Java, find_java
from .kinds import NodeKind
from .node import Node
from .runs import run_folder
from .unavailable import NodeUnavailableError
from .users import ADMIN

DEFAULT_HEAP_MB = 512


def start_node(
    kind: NodeKind,
    settings: Mapping[str, object] | None = None,
    heap_mb: int = DEFAULT_HEAP_MB,
) -> Node:
    """A node of the test's own, with settings added to its YAML; used as a context manager."""
    folder = run_folder() / f"{kind.name}-{uuid.uuid4().hex[:12]}"
    node = create_node(kind, folder, settings or {}, heap_mb)
    try:
        node.start()
        node.wait_until_ready()
    except BaseException:
        node.remove()
        raise
    return node


def create_node(
    kind: NodeKind, folder: Path, settings: Mapping[str, object], heap_mb: int = DEFAULT_HEAP_MB
) -> Node:
    """A node in a new folder, ready to be started."""
    kind, java = runnable(kind)
    installation = install(kind, java)
    folder.mkdir()
    http_port = free_port()
    authority = configure(
        kind, installation, folder, http_port=http_port, heap_mb=heap_mb, settings=settings
    )
    return Node(
        kind,
        folder,
        installation,
        java,
        http_port,
        user=ADMIN if kind.secured else None,
        ca_file=str(authority) if authority else None,
    )


def runnable(kind: NodeKind) -> tuple[NodeKind, Java]:
    """The kind, or what comes nearest to it on this machine, and the Java that runs it."""
    try:
        java = find_java(kind.java)
    except NodeUnavailableError:
        if kind.or_else is None:
            raise
        return runnable(kind.or_else)
    if not java.can_compile:
        kind = replace(kind, modules=tuple(it for it in kind.modules if not it.is_source))
    return kind, java
