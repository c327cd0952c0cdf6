"""Where installations and running nodes lie, and who runs them.

Read once, at import: the tests' own fixtures give each test another home folder.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import platformdirs

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def _others_can_enter(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _choose() -> Path:
    if chosen := os.environ.get("LSR_TEST_NODE_CACHE"):
        return Path(chosen).absolute()
    own = Path(platformdirs.user_cache_dir("lsr-opensearch")) / "test-nodes"
    if IS_ROOT and not _others_can_enter(own):
        # Root's nodes run as `nobody`, whom root's home keeps out.
        return Path(tempfile.gettempdir()) / "lsr-opensearch-test-nodes"
    return own


CACHE = _choose()
INSTALLATIONS = CACHE / "installed"
RUNS = CACHE / "runs"


def make(folder: Path) -> Path:
    """Make a folder of the cache; what somebody else put in its place is not trusted."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for place in (CACHE, folder):
        found = place.lstat()
        if found.st_uid != os.geteuid() or found.st_mode & stat.S_IWOTH:
            raise PermissionError(
                f"{place} is not ours alone; set LSR_TEST_NODE_CACHE to another folder"
            )
    return folder
