"""The list of pictures that were given up, for people and programs: one JSON object a line."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence

from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import LsrError
from lsr_opensearch.indexing.report import IndexReport
from lsr_opensearch.indexing.sources import display_path


def dead_letters(index: Index, reports: Sequence[IndexReport]) -> Iterator[dict[str, str]]:
    """Every skipped file of every source, with the reason: of these runs, and of earlier ones."""
    told = set()
    for report in reports:
        for item in report.skipped:
            told.add((report.source, item.path))
            yield {"source": report.source, "path": item.path, "reason": item.reason}
    for binding in index.sources() if index.schema() is not None else ():
        for path, entry in sorted(index.manifest(binding.name).items()):
            shown = display_path(path)
            if entry.problem and (binding.name, shown) not in told:
                yield {"source": binding.name, "path": shown, "reason": entry.problem}


def write_dead_letters(
    path: str | os.PathLike[str], index: Index, reports: Sequence[IndexReport]
) -> int:
    """Write the list to ``path``, whole or not at all; with none, an earlier list becomes empty.

    Returns:
        How many there are.

    Raises:
        LsrError: the file cannot be written.
    """
    letters = list(dead_letters(index, reports))
    if not letters and not os.path.isfile(path):
        return 0
    folder = os.path.dirname(os.path.abspath(path))
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            dir=folder,
            prefix=".skipped-",
            encoding="utf-8",
            errors="backslashreplace",
            delete=False,
        ) as file:
            file.writelines(json.dumps(letter, ensure_ascii=False) + "\n" for letter in letters)
        os.replace(file.name, path)
    except OSError as error:
        raise LsrError(
            f"{os.fspath(path)}: the list of skipped pictures cannot be written "
            f"({error.strerror or error}).",
            "The index itself is complete; give another place with --dead-letters FILE.",
        ) from error
    return len(letters)
