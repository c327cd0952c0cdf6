"""Artifacts by their Maven coordinates."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from .unavailable import NodeUnavailableError

_DOWNLOAD_TIMEOUT_S = 1200
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def fetch(artifact: str, folder: Path) -> Path:
    """Put a copy of the artifact into the folder: from the local repository, else downloaded."""
    mvn = shutil.which("mvn")
    if mvn is None:
        raise NodeUnavailableError("`mvn` is missing (Apache Maven fetches the nodes): install it")
    before = set(folder.iterdir())
    try:
        finished = subprocess.run(
            [
                mvn,
                "--quiet",
                "--batch-mode",
                "dependency:copy",
                f"-Dartifact={artifact}",
                f"-DoutputDirectory={folder}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_DOWNLOAD_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NodeUnavailableError(f"fetching {artifact} took too long; run again") from error
    if finished.returncode:
        said = _COLOURS.sub("", finished.stdout.decode(errors="replace")).strip().splitlines()
        raise NodeUnavailableError(f"cannot fetch {artifact}: {' '.join(said[:3])}")
    (copied,) = set(folder.iterdir()) - before
    return copied
