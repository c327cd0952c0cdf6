"""Which source the given folders and files belong to, and what of that source a run covers."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from lsr_opensearch.engines.port import ManifestEntry, SourceBinding
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.sources import (
    FoundFile,
    SkippedFile,
    absolute_path,
    display_path,
    file_uri,
    hidden_by,
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
        notes: what to tell about it.
        seen_at: the revision of what was seen (`engines.revision`).
    """

    binding: SourceBinding
    found: tuple[FoundFile, ...]
    unreadable: tuple[SkippedFile, ...]
    prefix: bytes | None
    notes: tuple[str, ...] = ()
    seen_at: int = 0

    def covered(self, manifest: Mapping[bytes, ManifestEntry]) -> dict[bytes, ManifestEntry]:
        """The entries of which the run can tell whether their file is still there."""
        if self.prefix is None:
            named = (file.relative for file in self.found)
            return {path: manifest[path] for path in named if path in manifest}
        is_hidden = hidden_by(self.unreadable)
        return {
            path: entry
            for path, entry in manifest.items()
            if path.startswith(self.prefix) and not is_hidden(path)
        }


def folder_scope(
    folder: str | os.PathLike[str],
    source: str | None,
    known: Sequence[SourceBinding],
    host: str = "",
) -> Scope:
    """The scope of a folder: a source of its own, or a part of one that contains it.

    What belongs to a known source below the folder stays there, so that no picture is indexed
    twice.

    Args:
        source: name of the source; the folder's name by default.
        known: the sources of the index.
        host: of this machine (`Index.host`); folders of others are not looked at.

    Raises:
        SourceError: the folder cannot be used, belongs to a source of another name, or the name
            belongs to another folder.
    """
    named = absolute_path(folder)
    root = os.path.realpath(named)
    here = _of_host(known, host)
    binding = _enclosing(root, source, here) or _new_binding(source, named, root, known, host)
    source_root = root_path(binding)
    prefix = b"" if root == source_root else os.path.relpath(root, source_root) + b"/"
    inner = _sources_below(root, here)
    seen_at = revision_now()
    try:
        things = list(_walk_without(root, inner))
    except SourceError as error:
        if binding in known:
            raise SourceError(error.message, _if_really_gone(binding, root)) from None
        raise
    things = [replace(thing, relative=prefix + thing.relative) for thing in things]
    return Scope(
        binding,
        tuple(thing for thing in things if isinstance(thing, FoundFile)),
        tuple(thing for thing in things if isinstance(thing, SkippedFile)),
        prefix,
        tuple(_left_out(source_root, below) for below in inner),
        seen_at,
    )


def file_scopes(
    paths: Iterable[bytes],
    source: str | None,
    known: Sequence[SourceBinding],
    host: str = "",
) -> list[Scope]:
    """The scopes of single files: each in the known source that contains it, the others in one.

    That one is bound to the deepest folder that contains them all.

    Args:
        source: name of the source; by default that of the folder of the new one.
        known: the sources of the index.
        host: of this machine (`Index.host`).

    Raises:
        SourceError: a file belongs to a source of another name, or the name belongs to another
            folder.
    """
    grouped: dict[SourceBinding, list[bytes]] = {}
    others: list[bytes] = []
    here = _of_host(known, host)
    for path in map(_in_real_folder, paths):
        binding = _enclosing(os.path.dirname(path), source, here)
        (others if binding is None else grouped.setdefault(binding, [])).append(path)
    if others:
        # A misspelled path must not make the folder larger.
        there = [path for path in others if os.path.lexists(path)] or others
        folder = os.path.commonpath([os.path.dirname(path) for path in there])
        if folder == os.path.dirname(folder) and len(there) > 1:
            # A source there would contain every other one.
            raise SourceError(
                "The files have no folder in common.",
                "Index their folders, or name the files of each folder in a command of its own.",
            )
        grouped[_new_binding(source, folder, folder, known, host)] = others
    return [_of_files(binding, files) for binding, files in grouped.items()]


def _of_files(binding: SourceBinding, paths: Sequence[bytes]) -> Scope:
    seen_at = revision_now()
    things = list(single_files(paths, root_path(binding)))
    return Scope(
        binding,
        tuple(thing for thing in things if isinstance(thing, FoundFile)),
        tuple(thing for thing in things if isinstance(thing, SkippedFile)),
        None,
        seen_at=seen_at,
    )


def _in_real_folder(path: bytes) -> bytes:
    """One spelling for one file: its folder without links; itself it may be a link."""
    folder, name = os.path.split(absolute_path(path))
    return os.path.join(os.path.realpath(folder), name)


def _of_host(known: Iterable[SourceBinding], host: str) -> list[SourceBinding]:
    """The folders of this machine among the sources: another's may have the same path."""
    return [binding for binding in known if binding.root and binding.host == host]


def _enclosing(
    folder: bytes, source: str | None, known: Iterable[SourceBinding]
) -> SourceBinding | None:
    """The known source that ``folder`` is, or lies in; the innermost of them.

    Two may stand for one folder, where somebody has changed what is registered: then it is the one
    that is named.
    """
    inside = [binding for binding in known if _is_below(folder, binding)]
    innermost = max(
        inside,
        key=lambda binding: (len(root_path(binding)), binding.name == source),
        default=None,
    )
    if innermost is not None and source not in (None, innermost.name):
        is_root = folder == root_path(innermost)
        raise SourceError(
            f"{display_path(folder)} is already {'' if is_root else 'part of '}the source "
            f"{innermost.name!r}.",
            "Leave --source out, or forget that source first: "
            f"lsr-os forget {shlex.quote(innermost.name)}",
        )
    return innermost


def _new_binding(
    source: str | None, named: bytes, root: bytes, known: Iterable[SourceBinding], host: str
) -> SourceBinding:
    """A source at ``root``, called as the user wrote it: ``named`` may be a link to it."""
    name = source or display_path(os.path.basename(named)) or "root"
    wanted = SourceBinding(name, host, file_uri(root))
    for binding in known:
        if binding.name == name:
            raise SourceError(
                f"The source name {name!r} already stands for {binding.root or 'items'!r}"
                f"{f' on {binding.host}' if binding.host else ''}.",
                _other_way(wanted, binding),
            )
    return wanted


def _other_way(wanted: SourceBinding, taken: SourceBinding) -> str:
    """What to do where a name is taken. Whose folder has the same place may be this machine."""
    if taken.root == wanted.root and taken.host:
        return (
            f"If this machine was called {taken.host} before, it still is for lsr-os with: "
            f"LSR_OS_HOST={shlex.quote(taken.host)}. If that is another machine, "
            "give this folder another name with --source NAME."
        )
    return (
        "Give this one another name with --source NAME, or forget the other first: "
        f"lsr-os forget {shlex.quote(wanted.name)}"
    )


def _is_below(folder: bytes, binding: SourceBinding) -> bool:
    return (folder + b"/").startswith(root_path(binding).rstrip(b"/") + b"/")


def _sources_below(root: bytes, known: Iterable[SourceBinding]) -> list[SourceBinding]:
    """The known sources whose folder lies below ``root``."""
    outer = root.rstrip(b"/") + b"/"
    return [
        binding
        for binding in known
        if root_path(binding) != root and root_path(binding).startswith(outer)
    ]


def _walk_without(root: bytes, inner: Iterable[SourceBinding]) -> Iterator[FoundFile | SkippedFile]:
    """What is below a folder and in none of the ``inner`` sources."""
    left_out = tuple(root_path(binding) + b"/" for binding in inner)
    things = walk_folder(root)
    return (
        thing
        for thing in things
        if not (os.path.join(root, thing.relative) + b"/").startswith(left_out)
    )


def _left_out(source_root: bytes, inner: SourceBinding) -> str:
    folder = root_path(inner)
    return (
        f"{display_path(os.path.relpath(folder, source_root))} is the source {inner.name!r} of its "
        f"own; bring it up to date with: lsr-os index {_quoted(folder)}"
    )


def _if_really_gone(binding: SourceBinding, folder: bytes) -> str:
    root = root_path(binding)
    if folder == root:
        was = f"It was indexed before as the source {binding.name!r}"
        command = f"lsr-os forget {shlex.quote(binding.name)}"
    else:
        was = f"It belongs to the source {binding.name!r}"
        command = f"lsr-os index {_quoted(root)} --prune"
    return f"{was}: is its drive connected? Nothing was removed. To remove its pictures: {command}"


def _quoted(path: bytes) -> str:
    return shlex.quote(display_path(path))


def root_path(binding: SourceBinding) -> bytes:
    """The folder that a source is bound to."""
    return unquote_to_bytes(binding.root.removeprefix("file://"))


def bound_files(
    binding: SourceBinding, known: Iterable[SourceBinding] = (), host: str = ""
) -> Iterator[FoundFile | SkippedFile] | None:
    """The picture files of a bound source now, and what could not be looked at.

    Args:
        known: the sources of the index; what belongs to one below this one is left out.
        host: of this machine (`Index.host`).

    Returns:
        None where there is no folder to look at here: items, and another machine's.

    Raises:
        SourceError: the folder cannot be looked at.
    """
    if not binding.root or binding.host != host:
        return None
    root = root_path(binding)
    return _walk_without(root, _sources_below(root, _of_host(known, host)))
