"""Which source the given folders and files belong to, and what of that source a run covers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from lsr_opensearch.engines.port import ManifestEntry, SourceBinding
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.sources import (
    FoundFile,
    SkippedFile,
    display_path,
    file_uri,
    single_files,
    walk_folder,
)


@dataclass(frozen=True)
class Scope:
    """The part of one source that a run covers.

    Attributes:
        binding: the source.
        found: the picture files in it.
        unreadable: what could not be looked at.
        prefix: relative folder that was walked whole (empty for the root): entries under it whose
            files are not there are gone. None where single files were named: nothing is gone.
    """

    binding: SourceBinding
    found: tuple[FoundFile, ...]
    unreadable: tuple[SkippedFile, ...]
    prefix: bytes | None

    def covered(self, manifest: Mapping[bytes, ManifestEntry]) -> dict[bytes, ManifestEntry]:
        """The entries of which the run can tell whether their file is still there."""
        if self.prefix is None:
            named = (file.relative for file in self.found)
            return {path: manifest[path] for path in named if path in manifest}
        unseen = {skipped.relative for skipped in self.unreadable}
        unseen_folders = tuple(path + b"/" for path in unseen)
        return {
            path: entry
            for path, entry in manifest.items()
            if path.startswith(self.prefix)
            and path not in unseen
            and not path.startswith(unseen_folders)
        }


def folder_scope(
    folder: str | os.PathLike[str], source: str | None, known: Sequence[SourceBinding]
) -> Scope:
    """The scope of a folder: a source of its own, or a part of one that contains it.

    Args:
        source: name of the source; the folder's name by default.
        known: the sources of the index.

    Raises:
        SourceError: the folder cannot be used, or the name belongs to another folder.
    """
    root = os.path.realpath(os.fsencode(folder))
    enclosing = _enclosing(root, source, known)
    binding = enclosing or SourceBinding(
        source or _name_of(os.path.abspath(os.fsencode(folder))), "", file_uri(root)
    )
    source_root = root_path(binding)
    prefix = b"" if root == source_root else os.path.relpath(root, source_root) + b"/"
    found: list[FoundFile] = []
    unreadable: list[SkippedFile] = []
    try:
        for thing in walk_folder(root):
            if isinstance(thing, SkippedFile):
                unreadable.append(replace(thing, relative=prefix + thing.relative))
            else:
                found.append(replace(thing, relative=prefix + thing.relative))
    except SourceError as error:
        if binding in known:
            raise SourceError(
                error.message,
                f"It was indexed before as the source {binding.name!r}: is its drive connected? "
                "Nothing was removed. To remove its pictures from the index: "
                f"lsr-os forget {binding.name}",
            ) from None
        raise
    return Scope(binding, tuple(found), tuple(unreadable), prefix)


def file_scopes(
    paths: Iterable[bytes], source: str | None, known: Sequence[SourceBinding]
) -> list[Scope]:
    """The scopes of single files: each in the source that contains it, else in its folder's."""
    grouped: dict[SourceBinding, tuple[list[FoundFile], list[SkippedFile]]] = {}
    for path in paths:
        real = os.path.join(os.path.realpath(os.path.dirname(path) or b"."), os.path.basename(path))
        folder = os.path.dirname(real)
        binding = _enclosing(folder, source, [*known, *grouped]) or SourceBinding(
            source or _name_of(folder), "", file_uri(folder)
        )
        found, unreadable = grouped.setdefault(binding, ([], []))
        for thing in single_files([real], root_path(binding)):
            if isinstance(thing, SkippedFile):
                unreadable.append(thing)
            else:
                found.append(thing)
    return [
        Scope(binding, tuple(found), tuple(unreadable), None)
        for binding, (found, unreadable) in grouped.items()
    ]


def _enclosing(
    folder: bytes, source: str | None, known: Iterable[SourceBinding]
) -> SourceBinding | None:
    """The known source that ``folder`` is, or lies in; the innermost of them."""
    inside = [
        binding
        for binding in known
        if binding.root and (source is None or binding.name == source)
        if (folder + b"/").startswith(root_path(binding).rstrip(b"/") + b"/")
    ]
    return max(inside, key=lambda binding: len(binding.root), default=None)


def _name_of(folder: bytes) -> str:
    return display_path(os.path.basename(folder)) or "root"


def root_path(binding: SourceBinding) -> bytes:
    """The folder that a source is bound to."""
    return unquote_to_bytes(binding.root.removeprefix("file://"))


def bound_files(binding: SourceBinding) -> Iterator[FoundFile] | None:
    """The picture files of a bound source now; None for items, which have no folder.

    Raises:
        SourceError: the folder cannot be looked at.
    """
    if not binding.root:
        return None
    things = walk_folder(root_path(binding))
    return (thing for thing in things if isinstance(thing, FoundFile))
