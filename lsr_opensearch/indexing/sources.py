"""Where pictures come from: a folder, single files, or a list of paths.

A file name is bytes. Nothing here decodes one, except to show it to people (`display_path`).
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote_from_bytes

from lsr_opensearch.errors import SourceError
from lsr_opensearch.images import PHOTO_SUFFIXES

# What other programs leave among photos: thumbnails, recycle bins, resource forks.
_JUNK = frozenset(
    name.lower().encode()
    for name in (
        "@eaDir",
        "#recycle",
        "@Recycle",
        "$RECYCLE.BIN",
        "System Volume Information",
        "__MACOSX",
        "lost+found",
        "Thumbs.db",
    )
)
# What indexes store as a time: 64 bits, until the year 2262. Some file systems keep later ones.
_LATEST_NS = 2**63 - 1
# Characters that reorder what is printed around them.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index.

    Attributes:
        path: absolute; what to open.
        relative: to the root of the source, parts joined by ``/``; the file's identity.
        size: bytes.
        mtime_ns: modification time, nanoseconds; at most what 64 bits hold.
    """

    path: bytes
    relative: bytes
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: bytes, relative: bytes, status: os.stat_result) -> FoundFile:
        """The file as ``status`` describes it."""
        return cls(path, relative, status.st_size, min(status.st_mtime_ns, _LATEST_NS))


@dataclass(frozen=True)
class SkippedFile:
    """Something that could not be looked at, and why.

    Attributes:
        relative: to the root of the source, like `FoundFile.relative`. It may be a folder: then
            nothing is known of the files below it, which is not to say that they are gone.
        reason: a phrase without a full stop.
    """

    relative: bytes
    reason: str


_SEPARATOR = os.fsencode(os.sep)


def walk_folder(
    root: bytes | str,
    suffixes: Iterable[str] = PHOTO_SUFFIXES,
    *,
    follow_symlinks: bool = True,
) -> Iterator[FoundFile | SkippedFile]:
    """Every picture below a folder, folder by folder, names in the order of their bytes.

    Hidden names (with a leading dot) and what other programs leave behind (``@eaDir``,
    ``__MACOSX``, ...) are left out. Links to files count as files. Folders that are reached
    through links come after all others, each folder at most once, so that a link never changes
    under which name a picture is known, and loops end.

    Args:
        suffixes: of the files wanted, lower case, with the dot.
        follow_symlinks: also look into folders that are links.

    Raises:
        SourceError: ``root`` is no folder or cannot be read; raised by the call itself, or later
            if it disappears before it was looked at.
    """
    folder = absolute_path(root)
    _check_folder(folder)
    wanted = frozenset(suffix.encode() for suffix in suffixes)
    return _walk(folder, wanted, follow_symlinks)


def single_files(paths: Iterable[bytes | str], root: bytes) -> Iterator[FoundFile | SkippedFile]:
    """Files that were named one by one, whatever their suffix, in the given order, each once.

    Args:
        root: folder of the source. A file that does not lie below it is skipped.
    """
    for path in dict.fromkeys(absolute_path(path) for path in paths):
        relative = os.path.relpath(path, root)
        outside = relative.split(_SEPARATOR, 1)[0] == b".."
        thing = _looked_at(path, path if outside else relative.replace(_SEPARATOR, b"/"))
        if outside and isinstance(thing, FoundFile):
            thing = SkippedFile(path, f"it lies outside of {display_path(root)}")
        yield thing


def hidden_by(skipped: Iterable[SkippedFile]) -> Callable[[bytes], bool]:
    """Tells whether a relative path is, or lies below, something that could not be looked at."""
    unseen = {thing.relative for thing in skipped}
    folders = tuple(path + b"/" for path in unseen)
    return lambda path: path in unseen or path.startswith(folders)


def listed_files(stream: BinaryIO, *, null: bool = False) -> tuple[bytes, ...]:
    """The paths in a list, one a line, or separated by NUL as ``find -print0`` writes them.

    Relative ones start at the current folder. To which source each file belongs is decided where
    the sources are known: the one that contains it, else one of all the others.

    Raises:
        SourceError: the list is empty, or holds NULs where lines were expected.
    """
    content = stream.read()
    if not null and b"\0" in content:
        raise SourceError(
            "The list of files contains NUL characters.",
            "Pass -0 if NULs separate the names; if it is UTF-16 text, save it as UTF-8.",
        )
    names = content.split(b"\0") if null else [name.rstrip(b"\r") for name in content.split(b"\n")]
    paths = tuple(dict.fromkeys(name for name in names if name))
    if not paths:
        raise SourceError(
            "The list of files is empty.", "Write one path a line, or name a folder instead."
        )
    return paths


def display_path(path: bytes) -> str:
    """A path that can be printed anywhere, on one line.

    Bytes that are not UTF-8 are shown as ``\\xff``, control characters as ``\\n`` or ``\\x1b``.
    For people only: two paths may look the same.
    """
    text = path.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def file_uri(path: bytes) -> str:
    """The ``file:`` URI of a path, percent-encoded from its bytes."""
    return "file://" + quote_from_bytes(absolute_path(path).replace(_SEPARATOR, b"/"), safe="/")


def document_id(source: str, relative: bytes) -> str:
    """The id of a file's document: the same for the same source name and relative path, always."""
    name = source.encode("utf-8", "surrogateescape")
    return hashlib.sha256(name + b"\0" + relative).hexdigest()[:32]


def absolute_path(path: str | bytes | os.PathLike[str]) -> bytes:
    """A path from the root of the file system, links as they are.

    Raises:
        SourceError: it is empty, or holds a NUL.
    """
    encoded = os.fsencode(path)
    if not encoded or b"\0" in encoded:
        raise SourceError(
            f"{display_path(encoded)!r} is not a path.", "Name a file or a folder that exists."
        )
    return os.path.abspath(encoded)


def _shown(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in _BIDI_CONTROLS
    return character.encode("unicode_escape").decode("ascii") if hidden else character


def _check_folder(folder: bytes) -> None:
    try:
        with os.scandir(folder):
            return
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: bytes, error: OSError) -> SourceError:
    match error:
        case FileNotFoundError():
            what, step = "does not exist", "Check the spelling, and that its drive is connected."
        case NotADirectoryError():
            what, step = "is not a folder", "Name the folder that holds the pictures."
        case PermissionError():
            what, step = "may not be read", "Ask its owner for permission to read it."
        case _:
            what, step = f"cannot be read ({_why(error)})", "Check that its drive is connected."
    return SourceError(f"{display_path(folder)} {what}.", step)


def _walk(
    root: bytes, suffixes: frozenset[bytes], follow_symlinks: bool
) -> Iterator[FoundFile | SkippedFile]:
    seen: set[tuple[int, int]] = set()
    # Depth first over real folders; linked folders wait until all of them have been seen.
    pending: list[bytes] = [b""]
    linked: deque[bytes] = deque()
    while pending or linked:
        relative = pending.pop() if pending else linked.popleft()
        folder = os.path.join(root, relative) if relative else root
        try:
            identity = _identity(folder)
            if identity in seen:
                continue
            seen.add(identity)
            entries = _entries(folder)
        except OSError as error:
            if not relative:
                raise _unusable(root, error) from error
            yield SkippedFile(relative, f"the folder cannot be read ({_why(error)})")
            continue
        folders: list[bytes] = []
        for entry in entries:
            below = relative + b"/" + entry.name if relative else entry.name
            if _is_folder(entry):
                if not entry.is_symlink():
                    folders.append(below)
                elif follow_symlinks:
                    linked.append(below)
            elif os.path.splitext(entry.name)[1].lower() in suffixes:
                yield _looked_at(entry.path, below)
        pending.extend(reversed(folders))


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    with os.scandir(folder) as listing:
        kept = [
            entry
            for entry in listing
            if not entry.name.startswith(b".") and entry.name.lower() not in _JUNK
        ]
    return sorted(kept, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads in circles: no folder; if its name is a picture's, stat says why.
        return False


def _identity(folder: bytes) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _looked_at(path: bytes, relative: bytes) -> FoundFile | SkippedFile:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        gone = "a link that leads nowhere" if os.path.islink(path) else "there is no such file"
        return SkippedFile(relative, gone)
    except OSError as error:
        return SkippedFile(relative, f"it cannot be looked at ({_why(error)})")
    if stat.S_ISDIR(status.st_mode):
        return SkippedFile(relative, "a folder where a file was expected")
    if not stat.S_ISREG(status.st_mode):
        return SkippedFile(relative, "not a regular file")
    return FoundFile.of(path, relative, status)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
