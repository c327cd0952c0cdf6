"""Files that are missing, foreign, newer, damaged or in the wrong place."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lsr_opensearch.engines.embedded import open_embedded
from lsr_opensearch.errors import IndexFileError, LsrError, UsageError
from tests.engines.model import SCHEMA, document, found, index_file, opened, write

REBUILD = "indexing the folder again to a new file; the pictures themselves are untouched"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An index of 400 documents, closed."""
    index = opened(index_file(tmp_path))
    for start in range(0, 400, 40):
        terms = {f"t{number}": 1.0 for number in range(60)}
        write(index, *(document(f"{start + number:03}", terms) for number in range(40)))
    index.optimize()
    index.close()
    return index_file(tmp_path)


def test_a_file_that_does_not_exist_is_not_made_by_looking(tmp_path: Path) -> None:
    index = open_embedded(index_file(tmp_path))
    assert index.schema() is None
    with pytest.raises(IndexFileError, match=r"There is no index at .*lsr-os index"):
        found(index, {"dog": 1})
    index.drop()
    index.close()
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_is_made_later_is_seen(tmp_path: Path) -> None:
    early = open_embedded(index_file(tmp_path))
    assert early.schema() is None
    write(opened(index_file(tmp_path)), document("a"))
    assert found(early, {"dog": 1}) == ["a"]


def test_an_empty_file_becomes_an_index(tmp_path: Path) -> None:
    index_file(tmp_path).touch()
    assert open_embedded(index_file(tmp_path)).schema() is None
    write(opened(index_file(tmp_path)), document("a"))


@pytest.mark.parametrize("name", ["file:x?mode=memory", "a#b%20c.sqlite", os.fsdecode(b"\xff.sq")])
def test_odd_file_names_are_only_names(tmp_path: Path, name: str) -> None:
    write(opened(tmp_path / name), document("a"))
    assert (tmp_path / name).stat().st_size
    assert found(open_embedded(tmp_path / name), {"dog": 1}) == ["a"]


def test_a_folder_is_not_an_index(tmp_path: Path) -> None:
    with pytest.raises(IndexFileError, match="is a folder"):
        open_embedded(tmp_path)


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    index = open_embedded(tmp_path / "none" / "photos.sqlite")
    with pytest.raises(IndexFileError, match=r"no folder for the index.*Make the folder"):
        index.create(SCHEMA)


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    for name in ("", "\udcff"):
        with pytest.raises(UsageError, match="name of an index"):
            open_embedded(index_file(tmp_path), name)


def _no_database(path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))


def _other_application(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def _other_application_id(path: Path) -> None:
    _set(path, "application_id", 252006675)


def _newer(path: Path) -> None:
    _set(path, "user_version", 2)


def _set(path: Path, pragma: str, value: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {pragma} = {value}")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_database, f"is not an index file.*{REBUILD}"),
        (_other_application, "a database of another application"),
        (_other_application_id, "a database of another application"),
        (_newer, "newer version of lsr-opensearch.*pip install --upgrade"),
    ],
)
def test_what_is_not_our_index_is_refused_and_left_alone(
    written: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(written)
    before = written.read_bytes()
    with pytest.raises(IndexFileError, match=message):
        opened(written)
    assert written.read_bytes() == before


def _use(path: Path) -> None:
    """Everything that someone may do with an index."""
    index = open_embedded(path)
    try:
        problems = index.check()
        assert problems == [], problems
        found(index, {f"t{number}": 1 for number in range(60)}, 400)
        index.status()
        write(index, document("new"))
    finally:
        index.close()


@pytest.mark.parametrize("size", [50, 99, 4096, 8192, 30_000, 100_000])
def test_a_truncated_file_is_said_to_be_damaged(written: Path, size: int) -> None:
    os.truncate(written, size)
    with pytest.raises(IndexFileError, match=f"damaged.*{REBUILD}"):
        _use(written)


def test_every_overwritten_page_is_found(written: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(written)
    connection.execute("VACUUM")  # a page in no use may hold anything
    connection.close()
    pages = written.stat().st_size // 8192
    spoiled = tmp_path / "spoiled.sqlite"
    for page in range(1, pages):
        shutil.copyfile(written, spoiled)
        with open(spoiled, "r+b") as file:
            file.seek(page * 8192)
            file.write(b"\xa5" * 8192)
        with pytest.raises((LsrError, AssertionError)) as caught:
            _use(spoiled)
        assert "damaged" in str(caught.value) or "SQLite finds" in str(caught.value)
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"spoiled.sqlite{suffix}").unlink(missing_ok=True)


def test_postings_that_are_not_those_of_the_documents_are_found(written: Path) -> None:
    connection = sqlite3.connect(written)
    (key,) = connection.execute("SELECT key FROM postings ORDER BY key DESC LIMIT 1").fetchone()
    connection.execute("UPDATE postings SET data = zeroblob(length(data)) WHERE key = ?", (key,))
    connection.commit()
    connection.close()
    assert open_embedded(written).check() == [
        f"The postings of segment {key >> 32} are not those of its documents."
    ]


@pytest.mark.parametrize("size", [7, 8 * 1000])
def test_an_impossible_posting_is_damage(written: Path, size: int) -> None:
    connection = sqlite3.connect(written)
    connection.execute("UPDATE postings SET data = ?", (b"\xff" * size,))
    connection.commit()
    connection.close()
    with pytest.raises(IndexFileError, match="is damaged"):
        found(open_embedded(written), {"t1": 1})


_READ = """
import os, sys
from lsr_opensearch.engines.embedded import open_embedded
from lsr_opensearch.engines.port import SearchRequest, WriteBatch
from lsr_opensearch.errors import IndexFileError
os.setuid(65534)
input()
index = open_embedded(sys.argv[1])
print(len(index.search(SearchRequest({"image_terms": {"t1": 1.0}}))))
try:
    index.write(WriteBatch("pictures", deleted_ids={"000": 0}))
except IndexFileError as error:
    print(error)
"""


@pytest.fixture
def stranger(written: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that may only read the folder; it begins when it gets a line."""
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("needs root to become another user")
    temporary = Path(tempfile.gettempdir())
    for folder in written.parents:
        if folder.is_relative_to(temporary) and folder != temporary:
            folder.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", _READ, written],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def test_a_read_only_folder_can_be_searched_and_not_written(
    stranger: subprocess.Popen[str],
) -> None:
    out, _ = stranger.communicate("\n")
    assert out.splitlines()[0] == "10"
    assert "cannot be written to" in out


def test_what_an_owner_writes_meanwhile_is_seen_through_a_read_only_folder(
    written: Path, stranger: subprocess.Popen[str]
) -> None:
    owner = opened(written)
    write(owner, *(document(f"{number:03}", {"cat": 1.0}) for number in range(395)))
    out, _ = stranger.communicate("\n")
    assert out.splitlines()[0] == "5"
    owner.close()
