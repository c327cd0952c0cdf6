"""The folder that a command is asked to make."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lsr_opensearch.errors import UsageError

_NEXT_STEP = "Name a new folder: --out DIR"


def check_new(out: Path, begun: tuple[str, ...] = ()) -> None:
    """Make sure that a folder can be written without changing what somebody else has there.

    Args:
        begun: names of files, any of which says that it is ours, and half done.

    Raises:
        UsageError: it is a file, holds something else, or cannot be written to.
    """
    place = out.resolve()
    above = next(one for one in (place, *place.parents) if os.path.lexists(one))
    if not above.is_dir():
        raise UsageError(f"{out} cannot be made: {above} is a file.", _NEXT_STEP)
    if not os.access(above, os.W_OK | os.X_OK):
        raise UsageError(f"{out} cannot be made: {above} may not be written to.", _NEXT_STEP)
    if above == place:
        held = os.listdir(place)
        if held and not set(begun) & set(held):
            raise UsageError(f"{out} is not empty.", _NEXT_STEP)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into, which becomes ``out`` at the end; what fails leaves nothing.

    Raises:
        UsageError: as `check_new`.
    """
    check_new(out)
    place = out.resolve()
    # Where there is an empty folder, it stays the same one: somebody may stand in it, or a disk may
    # be mounted there.
    is_there = place.is_dir()
    where = place if is_there else place.parent
    where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where, prefix=f".{place.name}-") as beside:
        made = Path(beside) / place.name
        made.mkdir()
        yield made
        if not is_there:
            os.replace(made, place)
            return
        for name in os.listdir(made):
            os.replace(made / name, place / name)
