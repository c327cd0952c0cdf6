"""The configuration of one node, in a folder of its own."""

from __future__ import annotations

import json
import random
import re
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from .kinds import NodeKind
from .security import secure

LOOPBACK = "127.0.0.1"

# Quick to start and small, at the price of speed: not for measuring.
_JVM_OPTIONS = "-XX:TieredStopAtLevel=1\n-XX:+UseSerialGC\n-XX:-UseG1GC\n-XX:-AlwaysPreTouch\n"
# What would contradict them, or write beside the programs, which are only read.
_LEFT_OUT_JVM_OPTIONS = re.compile(r"-Xm[sx]|GC|CMS|gc\.log|HeapDump|ErrorFile")

# Below the ports that systems hand to outgoing connections: no client of a test can take one
# between our look and the node's start.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError("no free port found")


def configure(
    kind: NodeKind,
    installation: Path,
    folder: Path,
    *,
    http_port: int,
    heap_mb: int,
    settings: Mapping[str, object],
) -> Path | None:
    """Fill a node's folder: `config`, `data`, `logs`, `tmp`.

    Returns the certificate authority that clients must trust, where the node has TLS.
    """
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir()
    config = folder / "config"
    shutil.copytree(installation / "config", config)
    security, authority = secure(kind.engine, config) if kind.secured else ({}, None)
    everything = {
        "cluster.name": folder.name,
        "node.name": folder.name,
        "discovery.type": "single-node",
        "network.host": LOOPBACK,
        "http.port": http_port,
        "transport.port": free_port(),
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "cluster.routing.allocation.disk.threshold_enabled": False,
        **kind.settings,
        **security,
        **settings,
    }
    # Every JSON value is a YAML value.
    lines = "".join(f"{name}: {json.dumps(value)}\n" for name, value in everything.items())
    (config / f"{kind.engine}.yml").write_text(lines)
    _write_jvm_options(config / "jvm.options", heap_mb)
    return authority


def _write_jvm_options(path: Path, heap_mb: int) -> None:
    kept = [
        line for line in path.read_text().splitlines() if not _LEFT_OUT_JVM_OPTIONS.search(line)
    ]
    path.write_text("\n".join([*kept, f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", _JVM_OPTIONS]))
