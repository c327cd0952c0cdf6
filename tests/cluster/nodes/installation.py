"""A node's programs, unpacked once and then only read."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from filelock import FileLock

from .compilation import compile_jar
from .java import Java
from .kinds import Module, NodeKind
from .maven import fetch
from .places import INSTALLATIONS, make
from .unavailable import NodeUnavailableError


def install(kind: NodeKind, java: Java) -> Path:
    """The folder with the kind's programs, made if it is not there yet."""
    parts = repr((kind.distribution, kind.plugins, kind.modules, kind.left_out))
    name = f"{kind.engine}-{kind.version}-{hashlib.sha256(parts.encode()).hexdigest()[:8]}"
    home = make(INSTALLATIONS) / name
    with FileLock(INSTALLATIONS / f"{name}.lock"):
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=INSTALLATIONS) as work:
                _build(kind, java, Path(work)).rename(home)
    return home


def _build(kind: NodeKind, java: Java, work: Path) -> Path:
    downloads = work / "downloads"
    downloads.mkdir()
    unpacked = work / "unpacked"
    _unzip(fetch(kind.distribution, downloads), unpacked)
    (home,) = unpacked.iterdir()
    for name in kind.left_out:
        shutil.rmtree(home / "modules" / name)
    for module in kind.modules:
        if module.is_source:
            jar = compile_jar(java, module, home, downloads)
        else:
            jar = fetch(module.origin, downloads)
        _add_module(kind, module, jar, home)
    for plugin in kind.plugins:
        _add_plugin(kind, fetch(plugin, downloads), home, java)
    return home


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            path = Path(opened.extract(member, folder))
            if not member.is_dir():
                # zipfile drops the permissions, and with them what makes a file a program.
                path.chmod(0o755 if (member.external_attr >> 16) & 0o111 else 0o644)


def _add_module(kind: NodeKind, module: Module, jar: Path, home: Path) -> None:
    folder = home / "modules" / module.name
    folder.mkdir()
    shutil.copyfile(jar, folder / jar.name)
    descriptor = {
        "name": module.name,
        "description": module.name,
        "version": kind.version,
        f"{kind.engine}.version": kind.version,
        "java.version": module.java_version,
        "classname": module.classname,
    }
    lines = "".join(f"{key}={value}\n" for key, value in descriptor.items())
    (folder / "plugin-descriptor.properties").write_text(lines)


def _add_plugin(kind: NodeKind, archive: Path, home: Path, java: Java) -> None:
    finished = subprocess.run(
        [home / "bin" / f"{kind.engine}-plugin", "install", "--batch", archive.as_uri()],
        env={"PATH": "/usr/bin:/bin", "JAVA_HOME": str(java.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if finished.returncode:
        said = finished.stdout.decode(errors="replace")[-500:]
        raise NodeUnavailableError(f"cannot install {archive.name} into {home.name}: {said}")
