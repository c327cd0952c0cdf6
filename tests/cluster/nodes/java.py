"""The Java installations of this machine."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .unavailable import NodeUnavailableError

_WHERE_SYSTEMS_KEEP_THEM = (
    ("/usr/lib/jvm", "*"),
    ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"),
)


@dataclass(frozen=True)
class Java:
    """A Java home and its major version."""

    version: int
    home: Path

    @property
    def can_compile(self) -> bool:
        """Whether this is a development kit."""
        return (self.home / "bin" / "javac").exists()


def find_java(versions: range) -> Java:
    """The newest Java among these versions."""
    fitting = [java for java in installed_javas() if java.version in versions]
    if not fitting:
        upper = f" to {versions[-1]}" if versions[-1] < 99 else " or newer"
        raise NodeUnavailableError(f"Java {versions[0]}{upper} is missing: install it")
    return max(fitting, key=lambda java: java.version)


@functools.cache
def installed_javas() -> tuple[Java, ...]:
    """Every Java found in JAVA_HOME, on the PATH and where systems keep them."""
    return _look() or _install_on_debian()


def _look() -> tuple[Java, ...]:
    found: dict[Path, Java] = {}
    for home in _homes():
        if home not in found and (version := _version(home)):
            found[home] = Java(version, home)
    return tuple(found.values())


def _homes() -> Iterator[Path]:
    if set_by_user := os.environ.get("JAVA_HOME"):
        yield Path(set_by_user).resolve()
    for folder, pattern in _WHERE_SYSTEMS_KEEP_THEM:
        for found in sorted(Path(folder).glob(pattern)):
            yield found.resolve()
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parents[1]


def _version(home: Path) -> int | None:
    if not (home / "bin" / "java").exists():
        return None
    try:
        release = (home / "release").read_text()
    except OSError:
        return None
    found = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    return int(found[1]) if found else None


def _install_on_debian() -> tuple[Java, ...]:
    apt_get = shutil.which("apt-get")
    if not (sys.platform == "linux" and apt_get and os.geteuid() == 0):
        return ()
    for arguments in (["update"], ["install", "-y", "default-jre-headless", "maven"]):
        subprocess.run(
            [apt_get, "-qq", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    return _look()
