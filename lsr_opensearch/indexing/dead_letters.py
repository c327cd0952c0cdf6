"""The list of pictures that were given up, for people and programs: one JSON object a line.

A line has the source, the path and the reason; where a document was made and the cluster does not
take it, the document, too (not for items, which are added again by their program).
`read_dead_letters` reads the list to try again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.engines.port import Document, Index
from lsr_opensearch.errors import LsrError, TermWeightsError, UsageError
from lsr_opensearch.indexing.report import IndexReport
from lsr_opensearch.indexing.sources import display_path
from lsr_opensearch.terms import check_terms


@dataclass(frozen=True)
class DeadLetter:
    """A picture that is not in the index.

    Attributes:
        source, path: as displayed.
        reason: why, and what to do about it.
        document: what was sent, where it came to that.
    """

    source: str
    path: str
    reason: str
    document: Document | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of its line."""
        line: dict[str, Any] = {"source": self.source, "path": self.path, "reason": self.reason}
        if self.document is not None:
            line["document"] = {
                "id": self.document.id,
                "revision": self.document.revision,
                "terms": dict(self.document.terms),
                "metadata": dict(self.document.metadata),
            }
        return line


def dead_letters(index: Index, reports: Sequence[IndexReport]) -> Iterator[DeadLetter]:
    """Every skipped file of every source, with the reason: of these runs, and of earlier ones."""
    bindings = index.sources() if index.schema() is not None else ()
    sources = dict.fromkeys([report.source for report in reports])
    sources |= dict.fromkeys(binding.name for binding in bindings if binding.host == index.host)
    known = {binding.name for binding in bindings}
    for source in sources:
        rejected = index.rejected_documents(source) if source in known else {}
        documents = {display_path(path): document for path, document in rejected.items()}
        told = set()
        for report in reports:
            for item in report.skipped if report.source == source else ():
                told.add(item.path)
                yield DeadLetter(source, item.path, item.reason, documents.get(item.path))
        entries = index.manifest(source) if source in known else {}
        for path, entry in sorted(entries.items()):
            shown = display_path(path)
            if entry.problem and shown not in told:
                yield DeadLetter(source, shown, entry.problem, documents.get(shown))


def write_dead_letters(
    path: str | os.PathLike[str], index: Index, reports: Sequence[IndexReport]
) -> int:
    """Write the list to ``path``, whole or not at all; with none, an earlier list becomes empty.

    Returns:
        How many there are.

    Raises:
        LsrError: the file cannot be written.
    """
    count = 0
    folder = os.path.dirname(os.path.abspath(path))
    letters = dead_letters(index, reports)
    first = next(letters, None)
    if first is None and not os.path.isfile(path):
        return 0
    made = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            dir=folder,
            prefix=".skipped-",
            encoding="utf-8",
            errors="backslashreplace",
            delete=False,
        ) as file:
            made = file.name
            for letter in [] if first is None else [first]:
                count += _write(file, letter)
            for letter in letters:
                count += _write(file, letter)
        os.replace(file.name, path)
        made = ""
    except OSError as error:
        raise LsrError(
            f"{os.fspath(path)}: the list of skipped pictures cannot be written "
            f"({error.strerror or error}).",
            "The index itself is complete; give another place with --dead-letters FILE.",
        ) from error
    finally:
        if made:
            with suppress(OSError):
                os.remove(made)
    return count


def _write(file: Any, letter: DeadLetter) -> int:
    file.write(json.dumps(letter.as_json(), ensure_ascii=False) + "\n")
    return 1


def read_dead_letters(path: str | os.PathLike[str]) -> list[DeadLetter]:
    """The list that `write_dead_letters` wrote.

    Raises:
        UsageError: the file cannot be read, or is no such list.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return [
                _letter(path, number, line)
                for number, line in enumerate(file, start=1)
                if line.strip()
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The list of skipped pictures {os.fspath(path)} cannot be read ({error}).",
            "Give the file that `lsr-os index` named when it skipped pictures.",
        ) from error


def _letter(path: str | os.PathLike[str], number: int, line: str) -> DeadLetter:
    try:
        fields = json.loads(line)
        return DeadLetter(
            str(fields["source"]),
            str(fields["path"]),
            str(fields["reason"]),
            _document(fields["document"]) if "document" in fields else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, TermWeightsError) as error:
        raise UsageError(
            f"{os.fspath(path)}, line {number}: no line of such a list ({error}).",
            "Give the file that `lsr-os index` named when it skipped pictures.",
        ) from error


def _document(fields: dict[str, Any]) -> Document:
    terms = {name: check_terms(weights, name) for name, weights in fields["terms"].items()}
    return Document(str(fields["id"]), terms, dict(fields["metadata"]), int(fields["revision"]))
