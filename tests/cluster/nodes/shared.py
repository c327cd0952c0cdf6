"""One node of a kind for all workers of a run: the first who asks starts it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from filelock import FileLock

from .endpoint import Endpoint
from .kinds import NodeKind
from .node import Node, NodeFailedError
from .processes import kill_recorded
from .runs import run_folder
from .start import create_node, runnable
from .unavailable import NodeUnavailableError
from .users import User

# Held so that they are not collected, and reported as running, before this process ends.
_started: list[Node] = []


def shared_node(kind: NodeKind) -> Endpoint:
    """The run's node of this kind; it cannot be killed, since other tests use it."""
    kind, _ = runnable(kind)
    run = run_folder()
    folder, state, failure = run / kind.name, run / f"{kind.name}.json", run / f"{kind.name}.txt"
    with FileLock(run / f"{kind.name}.lock"):
        if failure.exists():
            raise NodeFailedError(failure.read_text())
        if not state.exists():
            _clear(folder)
            try:
                _write(state, _start(kind, folder))
            except (NodeFailedError, NodeUnavailableError) as error:
                failure.write_text(str(error))
                raise
    return _read(state, kind)


def _start(kind: NodeKind, folder: Path) -> Node:
    node = create_node(kind, folder, settings={})
    _started.append(node)
    node.start()
    node.wait_until_ready()
    return node


def _clear(folder: Path) -> None:
    """What a worker left that died while it started the node."""
    if folder.exists():
        kill_recorded([folder])
        shutil.rmtree(folder)


def _write(state: Path, node: Node) -> None:
    user = [node.user.name, node.user.password] if node.user else None
    state.write_text(json.dumps({"url": node.url, "user": user, "ca_file": node.ca_file}))


def _read(state: Path, kind: NodeKind) -> Endpoint:
    found = json.loads(state.read_text())
    user = User(*found["user"]) if found["user"] else None
    return Endpoint(kind.engine, found["url"], kind, user, found["ca_file"])
