"""Which files a folder or a list stands for, whatever their names are."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.sources import (
    FoundFile,
    SkippedFile,
    display_path,
    document_id,
    file_uri,
    listed_files,
    single_files,
    walk_folder,
)


def touch(root: Path, *names: str | bytes) -> None:
    for name in names:
        path = os.path.join(os.fsencode(root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"content")


def found(things: Iterator[FoundFile | SkippedFile]) -> list[bytes]:
    return [thing.relative for thing in things if isinstance(thing, FoundFile)]


def skipped(things: Iterator[FoundFile | SkippedFile]) -> dict[bytes, str]:
    return {thing.relative: thing.reason for thing in things if isinstance(thing, SkippedFile)}


# Folders


def test_a_time_beyond_64_bits_is_cut_to_what_an_index_can_store(tmp_path: Path) -> None:
    status = os.stat_result((0o100644, 0, 0, 1, 0, 0, 7, 0, 0, 0), {"st_mtime_ns": 2**70})
    assert FoundFile.of(b"/a.jpg", b"a.jpg", status).mtime_ns == 2**63 - 1


def test_pictures_are_found_in_all_subfolders_in_a_stable_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "a/z.png", "a/a/1.gif", "B.jpg", "c/x.webp")
    expected = [b"B.jpg", b"b.jpg", b"a/z.png", b"a/a/1.gif", b"c/x.webp"]
    assert found(walk_folder(str(tmp_path))) == expected


def test_a_found_file_says_what_the_file_system_says(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.jpg")
    status = (tmp_path / "sub/a.jpg").stat()
    path = os.fsencode(tmp_path / "sub/a.jpg")
    expected = FoundFile(path, b"sub/a.jpg", len(b"content"), status.st_mtime_ns)
    assert list(walk_folder(os.fsencode(tmp_path))) == [expected]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"two words.jpg", id="spaces"),
        pytest.param(b"line\nbreak.jpg", id="newline"),
        pytest.param(b'it\'s "quoted".jpg', id="quotes"),
        pytest.param(b"not-\xff\xfe-utf8.jpg", id="not UTF-8"),
        pytest.param("Größe 犬 🐕.jpg".encode(), id="unicode"),
        pytest.param(b"-rf.jpg", id="like an option"),
        pytest.param(b"back\\slash.jpg", id="backslash"),
        pytest.param(b" .jpg", id="a space alone"),
        pytest.param(b"x" * 251 + b".jpg", id="255 bytes"),
    ],
)
def test_any_file_name_is_found_byte_for_byte(tmp_path: Path, name: bytes) -> None:
    touch(tmp_path, name)
    (file,) = walk_folder(str(tmp_path))
    assert isinstance(file, FoundFile)
    assert (file.relative, os.path.exists(file.path)) == (name, True)


def test_the_suffix_counts_in_any_case(tmp_path: Path) -> None:
    touch(tmp_path, "A.JPG", "b.JpEg", "c.txt", "jpg", "d.jpg.bak")
    assert found(walk_folder(str(tmp_path))) == [b"A.JPG", b"b.JpEg"]


def test_other_suffixes_can_be_asked_for(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.xyz")
    assert found(walk_folder(str(tmp_path), suffixes={".xyz"})) == [b"b.xyz"]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.jpg",
        "._resource_fork.jpg",
        ".Trash/a.jpg",
        "sub/.thumbnails/a.jpg",
        "@eaDir/a.jpg",
        "__MACOSX/a.jpg",
        "#recycle/a.jpg",
        "$RECYCLE.BIN/a.jpg",
    ],
)
def test_hidden_files_and_junk_are_left_out(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert list(walk_folder(str(tmp_path))) == []


def test_a_hidden_folder_that_was_asked_for_is_walked(tmp_path: Path) -> None:
    touch(tmp_path, ".private/a.jpg")
    assert found(walk_folder(str(tmp_path / ".private"))) == [b"a.jpg"]


def test_a_folder_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "album.jpg/a.jpg")
    assert found(walk_folder(str(tmp_path))) == [b"album.jpg/a.jpg"]


def test_a_folder_is_walked_deeper_than_python_recurses(tmp_path: Path) -> None:
    touch(tmp_path, "d/" * 200 + "a.jpg")
    program = (
        "import sys; from lsr_opensearch.indexing.sources import walk_folder\n"
        "sys.setrecursionlimit(100)\n"
        "print(*(thing.relative.decode() for thing in walk_folder(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "d/" * 200 + "a.jpg\n"


# Links


def test_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.jpg", "photos/b.jpg")
    (tmp_path / "photos/link.jpg").symlink_to(tmp_path / "elsewhere/a.jpg")
    assert found(walk_folder(str(tmp_path / "photos"))) == [b"b.jpg", b"link.jpg"]


def test_a_linked_folder_is_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.jpg", "photos/z.jpg")
    (tmp_path / "photos/link").symlink_to(tmp_path / "elsewhere")
    assert found(walk_folder(str(tmp_path / "photos"))) == [b"z.jpg", b"link/a.jpg"]


def test_a_linked_folder_is_left_alone_on_request(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.jpg", "photos/z.jpg")
    (tmp_path / "photos/link").symlink_to(tmp_path / "elsewhere")
    assert found(walk_folder(str(tmp_path / "photos"), follow_symlinks=False)) == [b"z.jpg"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to(tmp_path / "a")
    assert found(walk_folder(str(tmp_path))) == [b"a/1.jpg"]


def test_a_link_never_changes_the_name_of_a_picture(tmp_path: Path) -> None:
    touch(tmp_path, "z/1.jpg")
    (tmp_path / "a_link_sorted_first").symlink_to(tmp_path / "z")
    assert found(walk_folder(str(tmp_path))) == [b"z/1.jpg"]


def test_two_links_to_one_folder_give_its_pictures_once(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.jpg")
    (tmp_path / "photos").mkdir()
    for name in ("x", "y"):
        (tmp_path / "photos" / name).symlink_to(tmp_path / "elsewhere")
    assert found(walk_folder(str(tmp_path / "photos"))) == [b"x/1.jpg"]


@pytest.mark.parametrize("target", ["missing.jpg", "circle.jpg"])
def test_a_link_that_leads_nowhere_is_reported(tmp_path: Path, target: str) -> None:
    (tmp_path / "circle.jpg").symlink_to(tmp_path / target)
    touch(tmp_path, "fine.jpg")
    things = list(walk_folder(str(tmp_path)))
    assert (found(iter(things)), list(skipped(iter(things)))) == ([b"fine.jpg"], [b"circle.jpg"])


# What cannot be looked at


def test_a_pipe_or_socket_named_like_a_picture_is_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jpg"))
        reasons = skipped(walk_folder(str(tmp_path)))
    assert reasons == {b"pipe.jpg": "not a regular file", b"s.jpg": "not a regular file"}


def test_a_file_that_vanishes_during_the_walk_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg")
    things = walk_folder(str(tmp_path))
    next(things)
    (tmp_path / "b.jpg").unlink()
    assert skipped(things) == {b"b.jpg": "there is no such file"}


def test_a_folder_that_vanishes_during_the_walk_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "sub/b.jpg")
    things = walk_folder(str(tmp_path))
    next(things)
    (tmp_path / "sub/b.jpg").unlink()
    (tmp_path / "sub").rmdir()
    assert skipped(things) == {b"sub": "the folder cannot be read (No such file or directory)"}


def test_a_root_that_vanishes_before_the_walk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    things = walk_folder(str(tmp_path / "photos"))
    (tmp_path / "photos").rmdir()
    with pytest.raises(SourceError, match="does not exist"):
        list(things)


WALK_AS_NOBODY = """
import os, sys
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.sources import SkippedFile, walk_folder
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    for thing in walk_folder(sys.argv[1]):
        print(type(thing).__name__, thing.relative.decode(), getattr(thing, "reason", ""))
except SourceError as error:
    print("SourceError", error)
"""


def walked_as_nobody(folder: Path) -> list[str]:
    for parent in list(folder.parents)[:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", WALK_AS_NOBODY, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"rights cannot be given up here: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.splitlines()


def test_a_subfolder_that_may_not_be_read_does_not_stop_the_walk(tmp_path: Path) -> None:
    touch(tmp_path, "photos/a.jpg", "photos/locked/b.jpg", "photos/z/c.jpg")
    (tmp_path / "photos/locked").chmod(0)
    lines = walked_as_nobody(tmp_path / "photos")
    (tmp_path / "photos/locked").chmod(0o700)
    assert lines == [
        "FoundFile a.jpg ",
        "SkippedFile locked the folder cannot be read (Permission denied)",
        "FoundFile z/c.jpg ",
    ]


def test_a_root_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir(mode=0)
    (line,) = walked_as_nobody(tmp_path / "photos")
    assert "SourceError" in line
    assert "photos may not be read." in line


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "does not exist"), ("file", "is not a folder"), ("", "is not a path")],
)
def test_a_root_that_is_no_folder_is_refused_at_once(
    tmp_path: Path, name: str, reason: str
) -> None:
    touch(tmp_path, "file")
    with pytest.raises(SourceError, match=reason) as caught:
        walk_folder(str(tmp_path / name) if name else "")
    assert caught.value.next_step


# Single files and lists


def test_single_files_keep_their_order_and_come_once(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "sub/a.jpg")
    paths = [str(tmp_path / name) for name in ("b.jpg", "sub/a.jpg", "sub/../b.jpg")]
    assert found(single_files(paths, os.fsencode(tmp_path))) == [b"b.jpg", b"sub/a.jpg"]


def test_a_single_file_may_have_any_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "picture")
    assert found(single_files([str(tmp_path / "picture")], os.fsencode(tmp_path))) == [b"picture"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.jpg", "there is no such file"),
        ("folder", "a folder where a file was expected"),
        ("../outside.jpg", "it lies outside of "),
        ("../missing.jpg", "there is no such file"),
    ],
)
def test_what_is_no_file_of_the_source_is_skipped(tmp_path: Path, name: str, reason: str) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    touch(tmp_path, "outside.jpg")
    (thing,) = single_files([str(root / name)], os.fsencode(root))
    assert isinstance(thing, SkippedFile)
    assert thing.reason.startswith(reason)


def test_a_list_holds_one_path_a_line() -> None:
    assert listed_files(io.BytesIO(b"a b.jpg\n\nc.jpg\r\na b.jpg\n")) == (b"a b.jpg", b"c.jpg")


def test_a_nul_separated_list_keeps_newlines_in_names() -> None:
    assert listed_files(io.BytesIO(b"a\nb.jpg\0\xff.jpg\0"), null=True) == (
        b"a\nb.jpg",
        b"\xff.jpg",
    )


def test_a_nul_in_a_list_of_lines_names_the_option() -> None:
    with pytest.raises(SourceError, match="Pass -0"):
        listed_files(io.BytesIO(b"a.jpg\0b.jpg\0"))


def test_an_empty_list_is_an_error() -> None:
    with pytest.raises(SourceError, match="empty"):
        listed_files(io.BytesIO(b"\n\n"))


# Names


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"a/b c.jpg", "a/b c.jpg"),
        ("Größe/犬.jpg".encode(), "Größe/犬.jpg"),
        (b"a\nb\x1b[31m.jpg", "a\\nb\\x1b[31m.jpg"),
        (b"\xff.jpg", "\\xff.jpg"),
        ("gpj.\u202etxt".encode(), "gpj.\\u202etxt"),
        ("👨‍👩‍👧.jpg".encode(), "👨‍👩‍👧.jpg"),
    ],
)
def test_a_path_is_shown_on_one_printable_line(path: bytes, shown: str) -> None:
    assert display_path(path) == shown


@given(st.binary())
def test_whatever_the_bytes_a_shown_path_can_be_printed_on_one_line(path: bytes) -> None:
    shown = display_path(path)
    assert (shown.encode("utf-8").decode("utf-8"), len(shown.splitlines()) <= 1) == (shown, True)


@given(st.binary(min_size=1).filter(lambda name: not {0, 0x2F} & set(name)))
def test_the_uri_gives_the_bytes_back(name: bytes) -> None:
    path = b"/photos/x" + name
    assert unquote_to_bytes(file_uri(path).removeprefix("file://")) == path


def test_the_uri_is_plain_ascii() -> None:
    assert file_uri(b"/a b/\xff#?%.jpg") == "file:///a%20b/%FF%23%3F%25.jpg"


def test_the_id_is_the_hash_of_source_and_path() -> None:
    expected = hashlib.sha256(b"Pictures\0a/b.jpg").hexdigest()[:32]
    assert document_id("Pictures", b"a/b.jpg") == expected


def test_the_same_path_in_another_source_has_another_id() -> None:
    assert document_id("one", b"a.jpg") != document_id("two", b"a.jpg")


def test_a_source_with_a_strange_name_has_an_id() -> None:
    assert len(document_id(os.fsdecode(b"\xff"), b"a.jpg")) == 32
