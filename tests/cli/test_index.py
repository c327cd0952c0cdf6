"""`lsr-os index`: what changes in the folder changes in the index, and nothing else does."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import PHOTOS, Finished, draw_picture

Counts = Callable[..., dict[str, Any]]
Found = Callable[..., list[str]]
Command = Callable[..., Finished]


def test_a_folder_becomes_searchable(album: Path, counts: Counts, paths_found: Found) -> None:
    report = counts(album)
    assert (report["new"], report["status"]) == (4, 0)
    assert paths_found("cat")[0] == "chelsea-cat.jpg"


def test_the_same_command_again_encodes_nothing(album: Path, counts: Counts) -> None:
    counts(album)
    report = counts(album)
    assert (report["unchanged"], report["new"], report["changed"]) == (4, 0, 0)


def test_a_new_picture_is_added(album: Path, counts: Counts) -> None:
    counts(album)
    shutil.copy(PHOTOS / "hedgehog.jpg", album)
    assert counts(album)["new"] == 1


def test_a_changed_picture_is_found_by_what_it_is_now(
    album: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album)
    shutil.copy(PHOTOS / "hedgehog.jpg", album / "chelsea-cat.jpg")
    assert counts(album)["changed"] == 1
    assert paths_found("hedgehog")[0] == "chelsea-cat.jpg"


def test_a_moved_picture_is_found_at_its_new_place_only(
    album: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album)
    (album / "pets").mkdir()
    (album / "chelsea-cat.jpg").rename(album / "pets" / "moved.jpg")
    report = counts(album)
    assert (report["moved"], report["new"], report["removed"]) == (1, 0, 0)
    assert paths_found("cat")[0] == "moved.jpg"


def test_one_of_many_pictures_that_is_gone_is_removed(
    tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(7):
        draw_picture(folder / f"{seed}.png", seed=seed)
    counts(folder)
    (folder / "3.png").unlink()
    assert counts(folder)["removed"] == 1
    assert counts(folder)["unchanged"] == 6


def test_a_fifth_gone_at_once_is_kept_until_the_user_says_so(album: Path, counts: Counts) -> None:
    counts(album)
    (album / "chelsea-cat.jpg").unlink()
    guarded = counts(album)
    assert (guarded["kept_gone"], guarded["removed"], guarded["status"]) == (1, 0, 3)
    assert "--prune" in guarded["err"]
    pruned = counts(album, "--prune")
    assert (pruned["kept_gone"], pruned["removed"], pruned["status"]) == (0, 1, 0)


def test_a_folder_that_was_emptied_keeps_its_documents(
    album: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album)
    for picture in album.iterdir():
        picture.unlink()
    assert counts(album)["kept_gone"] == 4
    assert paths_found("cat")


def test_a_folder_that_is_gone_says_what_may_have_happened(
    album: Path, counts: Counts, lsr_os: Command, paths_found: Found
) -> None:
    counts(album)
    shutil.rmtree(album)
    done = lsr_os("index", album)
    assert done.status == 2
    assert "drive" in done.err
    assert paths_found("cat")


def test_a_dry_run_writes_nothing(album: Path, counts: Counts, lsr_os: Command) -> None:
    report = counts(album, "--dry-run")
    assert (report["new"], report["dry_run"]) == (4, True)
    assert lsr_os("status").status == 1


def test_a_dry_run_tells_moved_from_new(album: Path, counts: Counts) -> None:
    counts(album)
    (album / "chelsea-cat.jpg").rename(album / "cat.jpg")
    report = counts(album, "--dry-run")
    assert (report["moved"], report["new"], report["removed"]) == (1, 0, 0)


def test_input_files_are_never_modified(album: Path, counts: Counts) -> None:
    def state() -> dict[str, tuple[str, int]]:
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in album.iterdir()
        }

    before = state()
    counts(album)
    assert state() == before


def test_part_of_a_folder_updates_that_part_only(album: Path, counts: Counts) -> None:
    (album / "pets").mkdir()
    (album / "chelsea-cat.jpg").rename(album / "pets" / "cat.jpg")
    counts(album)
    shutil.copy(PHOTOS / "hedgehog.jpg", album / "pets")
    shutil.copy(PHOTOS / "koala.jpg", album)
    report = counts(album / "pets")
    assert (report["source"], report["new"], report["unchanged"]) == ("album", 1, 1)
    assert (report["removed"], report["kept_gone"]) == (0, 0)


def test_single_files_can_be_indexed(album: Path, counts: Counts, paths_found: Found) -> None:
    report = counts(album / "chelsea-cat.jpg", album / "coffee-cup.jpg")
    assert report["new"] == 2
    assert set(paths_found("cat coffee")) == {"chelsea-cat.jpg", "coffee-cup.jpg"}


def test_a_single_file_updates_the_folder_that_it_belongs_to(album: Path, counts: Counts) -> None:
    counts(album)
    shutil.copy(PHOTOS / "koala.jpg", album)
    assert counts(album / "koala.jpg")["new"] == 1
    assert counts(album)["unchanged"] == 5


def test_a_list_of_files_is_read_from_stdin(album: Path, lsr_os: Command) -> None:
    names = b"".join(os.fsencode(path) + b"\n" for path in sorted(album.iterdir()))
    done = lsr_os("index", "-", stdin=names)
    assert done.status == 0, done.err
    assert "4 new" in done.out


def test_a_list_may_be_separated_by_nul(album: Path, lsr_os: Command) -> None:
    strange = album / "two\nlines.jpg"
    (album / "chelsea-cat.jpg").rename(strange)
    done = lsr_os("index", "-0", "-", stdin=os.fsencode(strange) + b"\0")
    assert "1 new" in done.out


def test_what_find_writes_is_one_source(album: Path, lsr_os: Command, counts: Counts) -> None:
    for name, folder in (("chelsea-cat.jpg", "pets"), ("coffee-cup.jpg", "pets/friends")):
        (album / folder).mkdir()
        (album / name).rename(album / folder / name)
    names = sorted(album.rglob("*.jpg"))
    found = b"".join(os.fsencode(Path("album", path.relative_to(album))) + b"\0" for path in names)
    done = lsr_os("index", "-0", "-", stdin=found)
    assert (done.status, done.out) == (0, "album: 4 new\n"), done.err
    assert counts(album)["unchanged"] == 4


def test_a_file_that_is_named_twice_is_counted_once(album: Path, counts: Counts) -> None:
    report = counts("album/coffee-cup.jpg", "./album/../album/coffee-cup.jpg")
    assert (report["new"], report["vanished"]) == (1, [])


def test_a_dry_run_refuses_what_the_run_would_refuse(
    album: Path, tmp_path: Path, lsr_os: Command
) -> None:
    other = tmp_path / "elsewhere" / "album"
    shutil.copytree(album, other)
    lsr_os("index", album)
    refused = lsr_os("index", other, "--dry-run")
    assert refused.status == 2
    assert "another name" in refused.err


def test_a_folder_is_not_indexed_under_a_second_name(album: Path, lsr_os: Command) -> None:
    lsr_os("index", album)
    refused = lsr_os("index", album, "--source", "second")
    assert refused.status == 2
    assert "is already the source 'album'" in refused.err


def test_an_empty_argument_does_not_index_the_current_folder(album: Path, lsr_os: Command) -> None:
    refused = lsr_os("index", "")
    assert refused.status == 2
    assert "is not a path" in refused.err


def test_two_folders_of_one_name_are_not_mixed(
    album: Path, tmp_path: Path, lsr_os: Command
) -> None:
    other = tmp_path / "elsewhere" / "album"
    shutil.copytree(album, other)
    assert lsr_os("index", album).status == 0
    refused = lsr_os("index", other)
    assert refused.status == 2
    assert "another name" in refused.err
    assert lsr_os("index", other, "--source", "second").status == 0


def test_a_program_can_take_the_paths_of_the_hits(
    album: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album)
    done = lsr_os("search", "--paths", "cat", "-n", "1")
    assert Path(done.out.rstrip("\n")) == album / "chelsea-cat.jpg"


def test_a_copy_is_not_encoded_again_but_found_twice(
    album: Path, counts: Counts, paths_found: Found
) -> None:
    shutil.copy(album / "chelsea-cat.jpg", album / "copy.jpg")
    counts(album)
    assert set(paths_found("cat", "-n", "2")) == {"chelsea-cat.jpg", "copy.jpg"}
