"""Java sources of ours, compiled against a node's own libraries."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from .java import Java
from .kinds import Module
from .unavailable import NodeUnavailableError

_SOURCES = Path(__file__).parent / "java"


def compile_jar(java: Java, module: Module, home: Path, work: Path) -> Path:
    """The module's source as a jar, made in the folder `work`."""
    classes = work / module.name
    finished = subprocess.run(
        [
            java.home / "bin" / "javac",
            *("--release", module.java_version),
            *("--class-path", f"{home}/lib/*"),
            *("-d", classes),
            _SOURCES / module.origin,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if finished.returncode:
        raise NodeUnavailableError(
            f"cannot compile {module.origin}: {finished.stdout.decode(errors='replace')[:500]}"
        )
    jar = work / f"{module.name}.jar"
    with zipfile.ZipFile(jar, "w") as opened:
        for path in sorted(classes.rglob("*.class")):
            opened.write(path, path.relative_to(classes))
    return jar
