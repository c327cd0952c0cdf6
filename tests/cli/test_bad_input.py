"""What is wrong with one input is one clear line with the next step, and touches no other input."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import PHOTOS, Finished

Counts = Callable[..., dict[str, Any]]
Found = Callable[..., list[str]]
Command = Callable[..., Finished]


def png_that_claims(path: Path, width: int, height: int) -> None:
    """A PNG whose header promises more pixels than anyone should decode."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(header))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
    )


def spoil(path: Path, kind: str) -> None:
    """Write a file that cannot be indexed."""
    photo = (PHOTOS / "koala.jpg").read_bytes()
    if kind == "zero-byte":
        path.write_bytes(b"")
    elif kind == "corrupt":
        path.write_bytes(photo[:200] + os.urandom(3000))
    elif kind == "truncated":
        path.write_bytes(photo[: len(photo) // 2])
    elif kind == "text":
        path.write_text("this is no picture")
    elif kind == "huge":
        png_that_claims(path, 20_000, 20_000)


@pytest.mark.parametrize("kind", ["zero-byte", "corrupt", "truncated", "text", "huge"])
def test_a_bad_picture_is_skipped_and_named(
    kind: str, album: Path, counts: Counts, paths_found: Found
) -> None:
    spoil(album / "bad.jpg", kind)
    report = counts(album)
    assert (report["new"], report["status"]) == (4, 3)
    assert [item["path"] for item in report["skipped"]] == ["bad.jpg"]
    assert report["err"].count("bad.jpg") == 1
    assert "Traceback" not in report["err"]
    assert paths_found("cat")[0] == "chelsea-cat.jpg"


def save_strange(path: Path, kind: str) -> Path:
    """A picture that is unusual and all right; the name's ending may change."""
    with Image.open(PHOTOS / "chelsea-cat.jpg") as opened:
        cat = opened.copy()
    if kind == "1x1":
        Image.new("RGB", (1, 1), "red").save(path.with_suffix(".png"))
        return path.with_suffix(".png")
    if kind == "animated":
        dog = Image.new("RGB", cat.size, "green")
        cat.save(path.with_suffix(".gif"), save_all=True, append_images=[dog])
        return path.with_suffix(".gif")
    if kind == "cmyk":
        cat.convert("CMYK").save(path)
    elif kind == "16-bit":
        grey = np.asarray(cat.convert("L"), np.uint16) * 257
        Image.fromarray(grey).save(path.with_suffix(".png"))
        return path.with_suffix(".png")
    elif kind == "palette with alpha":
        cat.quantize(255).save(path.with_suffix(".png"), transparency=0)
        return path.with_suffix(".png")
    elif kind == "wrong extension":
        cat.save(path, format="PNG")
    return path


@pytest.mark.parametrize(
    "kind", ["1x1", "animated", "cmyk", "16-bit", "palette with alpha", "wrong extension"]
)
def test_an_unusual_picture_is_indexed(kind: str, tmp_path: Path, counts: Counts) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    save_strange(folder / "strange.jpg", kind)
    report = counts(folder)
    assert (report["new"], report["skipped"], report["status"]) == (1, [], 0)


@pytest.mark.parametrize("kind", ["animated", "cmyk", "16-bit", "wrong extension"])
def test_an_unusual_picture_is_found_by_what_it_shows(
    kind: str, album: Path, counts: Counts, paths_found: Found
) -> None:
    (album / "chelsea-cat.jpg").unlink()
    saved = save_strange(album / "strange.jpg", kind)
    counts(album)
    assert paths_found("cat")[0] == saved.name


NAMES = [
    b"with space.jpg",
    b"two\nlines.jpg",
    b"quote'\".jpg",
    b"latin-1-\xe9.jpg",
    "ünï.jpg".encode(),
]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_can_be_indexed_found_and_opened(
    name: bytes, album: Path, counts: Counts, lsr_os: Command
) -> None:
    strange = os.path.join(os.fsencode(album), name)
    os.rename(album / "chelsea-cat.jpg", strange)
    assert counts(album)["status"] == 0
    done = lsr_os("search", "--paths", "--null", "cat", "-n", "1")
    assert os.fsencode(done.out.rstrip("\0")) == strange


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_of_any_name_is_one_line(name: bytes, album: Path, counts: Counts) -> None:
    with open(os.path.join(os.fsencode(album), name), "wb"):
        pass
    report = counts(album)
    assert report["status"] == 3
    assert len([line for line in report["err"].splitlines() if line.startswith("Skipped")]) == 1


def test_a_bad_picture_never_shifts_what_is_said_of_others(
    tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number, name in enumerate(["chelsea-cat.jpg", "hedgehog.jpg", "koala.jpg"]):
        spoil(folder / f"{number}-bad.jpg", ["corrupt", "truncated", "zero-byte"][number])
        (folder / f"{number}-good.jpg").write_bytes((PHOTOS / name).read_bytes())
    assert counts(folder)["new"] == 3
    assert paths_found("cat")[0] == "0-good.jpg"
    assert paths_found("hedgehog")[0] == "1-good.jpg"
    assert paths_found("koala")[0] == "2-good.jpg"


def test_a_mended_picture_is_indexed_by_the_next_run(album: Path, counts: Counts) -> None:
    spoil(album / "bad.jpg", "truncated")
    assert counts(album)["status"] == 3
    (album / "bad.jpg").write_bytes((PHOTOS / "koala.jpg").read_bytes())
    report = counts(album)
    assert (report["changed"], report["status"]) == (1, 0)


def test_a_picture_that_became_unreadable_is_found_no_more(
    album: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album)
    spoil(album / "chelsea-cat.jpg", "truncated")
    assert counts(album)["status"] == 3
    assert "chelsea-cat.jpg" not in paths_found("animal", "-n", "10")


def test_skipped_pictures_are_listed_beside_the_index(
    album: Path, tmp_path: Path, counts: Counts
) -> None:
    spoil(album / "bad.jpg", "text")
    counts(album, "--url", "my.sqlite")
    lines = (tmp_path / "my.sqlite-skipped.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["path"] == "bad.jpg"
    (album / "bad.jpg").unlink()
    counts(album, "--url", "my.sqlite", "--prune")
    assert (tmp_path / "my.sqlite-skipped.jsonl").read_text(encoding="utf-8") == ""


def test_a_symlink_loop_ends(album: Path, counts: Counts) -> None:
    (album / "loop").symlink_to(album)
    (album / "self.jpg").symlink_to(album / "self.jpg")
    report = counts(album)
    assert report["new"] == 4
    assert [item["path"] for item in report["skipped"]] == ["self.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_skipped(album: Path, counts: Counts) -> None:
    (album / "koala.jpg").write_bytes((PHOTOS / "koala.jpg").read_bytes())
    (album / "koala.jpg").chmod(0)
    report = counts(album)
    assert (report["new"], report["status"]) == (4, 3)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux's /proc")
def test_a_file_that_fails_to_read_is_skipped(album: Path, counts: Counts) -> None:
    # Reading the first byte of this one is an I/O error for everybody, root included.
    (album / "broken-disk.jpg").symlink_to("/proc/self/mem")
    report = counts(album)
    assert (report["new"], report["status"]) == (4, 3)
    assert "Input/output error" in report["skipped"][0]["reason"]


def test_a_folder_that_does_not_exist_is_wrong_use(lsr_os: Command) -> None:
    done = lsr_os("index", "no-such-folder")
    assert done.status == 2
    assert "no-such-folder" in done.err
    assert "Traceback" not in done.err


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path, lsr_os: Command) -> None:
    (tmp_path / "empty").mkdir()
    done = lsr_os("index", "empty")
    assert done.status == 0
    assert ".jpg" in done.err


@pytest.mark.parametrize("query", ["", "   ", "-dog", "-dog -cat", '"open', "dog^x"])
def test_a_query_that_asks_for_nothing_is_wrong_use(
    query: str, album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "--", query)
    assert done.status == 2
    assert done.err.startswith("Error: ")
    assert "Traceback" not in done.err


def test_a_query_without_a_known_word_suggests_known_ones(
    album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "catt")
    assert done.status == 2
    assert "catt" in done.err
    assert "cat" in done.err.split("Did you mean", 1)[1]


def test_one_unknown_word_among_known_ones_is_only_a_note(
    album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "cat", "qwertzuiop")
    assert done.status == 0
    assert "qwertzuiop" in done.err


def test_searching_before_indexing_says_what_to_do(lsr_os: Command) -> None:
    done = lsr_os("search", "dog")
    assert done.status == 1
    assert "lsr-os index" in done.err


def test_a_file_that_is_no_index_is_refused(tmp_path: Path, lsr_os: Command) -> None:
    (tmp_path / "notes.txt").write_text("some notes\n" * 100)
    done = lsr_os("search", "dog", "--url", "notes.txt")
    assert done.status == 1
    assert "notes.txt" in done.err
    assert (tmp_path / "notes.txt").read_text() == "some notes\n" * 100


def test_a_damaged_index_says_how_to_rebuild_it(
    album: Path, tmp_path: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album, "--url", "i.sqlite")
    file = tmp_path / "i.sqlite"
    content = bytearray(file.read_bytes())
    content[len(content) // 4 :] = os.urandom(len(content) - len(content) // 4)
    file.write_bytes(content)
    done = lsr_os("search", "cat", "--url", "i.sqlite")
    assert done.status == 1
    assert "i.sqlite" in done.err
    assert "Traceback" not in done.err


def test_an_index_of_another_model_is_refused_with_the_way_out(
    album: Path, tmp_path: Path, counts: Counts, lsr_os: Command
) -> None:
    from lsr_opensearch.engines import open_engine
    from lsr_opensearch.engines.port import Schema, SparseField

    index = open_engine(tmp_path / "i.sqlite")
    index.create(Schema("other", {"image_terms": SparseField("image", "other-space")}))
    index.close()
    done = lsr_os("index", album, "--url", "i.sqlite", "--model", "basic")
    assert done.status == 1
    assert "rebuild this one: lsr-os reindex --url i.sqlite --model basic" in done.err
    done = lsr_os("search", "cat", "--url", "i.sqlite", "--model", "basic")
    assert done.status == 1
    assert "other" in done.err


def test_a_model_that_does_not_exist_lists_those_that_do(album: Path, lsr_os: Command) -> None:
    done = lsr_os("index", album, "--model", "no-such-model")
    assert done.status == 1
    assert "basic" in done.err


def test_a_cluster_that_does_not_answer_is_said_without_its_password(
    album: Path, lsr_os: Command
) -> None:
    done = lsr_os("index", album, "--url", "https://user:secret@127.0.0.1:1")
    assert done.status == 1
    assert "127.0.0.1:1" in done.err
    assert "secret" not in done.err
    assert "Traceback" not in done.err


def test_a_query_image_that_cannot_be_read_is_one_line(
    album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "--image", "no-such.jpg")
    assert done.status == 1
    assert "no-such.jpg" in done.err


@pytest.mark.parametrize("condition", ["width", "width>wide", "colour=red", "taken_at=soon"])
def test_a_filter_that_makes_no_sense_is_wrong_use(
    condition: str, album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "cat", "--filter", condition)
    assert done.status == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["index", "search", "status"])
def test_an_address_without_its_scheme_makes_no_file(
    command: str, lsr_os: Command, tmp_path: Path
) -> None:
    done = lsr_os(command, *([] if command == "status" else ["x"]), "--url", "me:pw@localhost:9200")
    assert done.status == 2
    assert "http://localhost:9200" in done.err
    assert "./localhost:9200" in done.err
    assert "pw" not in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["./localhost:9200", "there:9200", "a:1", "photos:old.sqlite"])
def test_a_file_may_have_a_colon_in_its_name(name: str, lsr_os: Command, tmp_path: Path) -> None:
    (tmp_path / "there:9200").touch()
    assert f"There is no index 'photos' in {tmp_path / name}" in lsr_os("status", "--url", name).err
