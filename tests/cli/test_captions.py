"""Captions on the way into the index, and what becomes of them later."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import Finished

Counts = Callable[..., dict[str, Any]]
Found = Callable[..., list[str]]
Command = Callable[..., Finished]


def table(path: Path, *rows: tuple[str, str]) -> Path:
    path.write_text(
        "file\tcaption\n" + "".join(f"{file}\t{caption}\n" for file, caption in rows),
        encoding="utf-8",
    )
    return path


def test_a_picture_is_found_by_its_caption(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    captions = table(tmp_path / "c.tsv", ("coffee-cup.jpg", "Breakfast at Zoë's café"))
    counts(album, "--captions", captions)
    assert paths_found("zoë breakfast")[0] == "coffee-cup.jpg"


def test_a_run_without_the_table_keeps_its_captions(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "breakfast")))
    assert counts(album)["unchanged"] == 4
    assert paths_found("breakfast") == ["coffee-cup.jpg"]


def test_a_moved_picture_is_still_found_by_its_caption(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "breakfast")))
    (album / "coffee-cup.jpg").rename(album / "mug.jpg")
    assert counts(album)["moved"] == 1
    assert paths_found("breakfast") == ["mug.jpg"]


def test_a_later_table_replaces_what_the_earlier_one_said(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "qwertz")))
    report = counts(album, "--captions", table(tmp_path / "c.tsv", ("chelsea-cat.jpg", "qwertz")))
    assert "1 picture had captions from an earlier table, which are replaced" in report["err"]
    assert paths_found('"qwertz"') == ["chelsea-cat.jpg"]


def test_no_captions_forgets_them(
    album: Path, tmp_path: Path, counts: Counts, lsr_os: Command
) -> None:
    counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "qwertz breakfast")))
    assert counts(album, "--no-captions")["changed"] == 1
    assert lsr_os("search", "qwertz").status == 2


def test_a_changed_caption_changes_its_picture_only(
    album: Path, tmp_path: Path, counts: Counts
) -> None:
    counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "breakfast")))
    report = counts(album, "--captions", table(tmp_path / "c.tsv", ("coffee-cup.jpg", "lunch")))
    assert (report["changed"], report["unchanged"]) == (1, 3)


def test_rows_for_missing_files_are_named(album: Path, tmp_path: Path, counts: Counts) -> None:
    captions = table(tmp_path / "c.tsv", ("coffee-cup.jpg", "lunch"), ("nowhere.jpg", "nothing"))
    report = counts(album, "--captions", captions)
    assert report["status"] == 0
    assert "nowhere.jpg" in report["err"]


def test_duplicate_rows_are_named_and_both_captions_kept(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    captions = table(
        tmp_path / "c.tsv",
        ("coffee-cup.jpg", "breakfast table"),
        ("coffee-cup.jpg", "breakfast table"),
        ("coffee-cup.jpg", "espresso machine"),
    )
    report = counts(album, "--captions", captions)
    assert "line 3" in report["err"]
    assert paths_found('"espresso machine"') == paths_found('"breakfast table"')


def test_a_sidecar_is_a_caption(album: Path, counts: Counts, paths_found: Found) -> None:
    (album / "coffee-cup.jpg.txt").write_text("Breakfast\nin the qwertzgarden\n", encoding="utf-8")
    counts(album)
    assert paths_found("qwertzgarden") == ["coffee-cup.jpg"]


def test_a_changed_sidecar_is_noticed(album: Path, counts: Counts, paths_found: Found) -> None:
    sidecar = album / "coffee-cup.txt"
    sidecar.write_text("breakfast", encoding="utf-8")
    counts(album)
    sidecar.write_text("a late supper", encoding="utf-8")
    assert counts(album)["changed"] == 1
    assert paths_found('"late supper"') == ["coffee-cup.jpg"]


def test_further_columns_can_be_filtered_by(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    rows = tmp_path / "c.csv"
    rows.write_text("file,caption,place\ncoffee-cup.jpg,a cup,Wien\n", encoding="utf-8")
    counts(album, "--captions", rows)
    assert paths_found("coffee", "--filter", "extra.place=wien") == ["coffee-cup.jpg"]


def test_a_coco_annotation_file_is_understood(
    album: Path, tmp_path: Path, counts: Counts, paths_found: Found
) -> None:
    annotations = tmp_path / "captions_val2014.json"
    annotations.write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "coffee-cup.jpg"}],
                "annotations": [
                    {"image_id": 7, "id": 1, "caption": "breakfast at dawn"},
                    {"image_id": 7, "id": 2, "caption": "a cup on a saucer"},
                ],
            }
        )
    )
    counts(album, "--captions", annotations)
    assert paths_found('"breakfast at dawn" "cup on a saucer"') == ["coffee-cup.jpg"]


def test_a_caption_file_that_is_none_is_one_clear_line(
    album: Path, tmp_path: Path, lsr_os: Command
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    done = lsr_os("index", album, "--captions", broken)
    assert done.status == 1
    assert "broken.json" in done.err
    assert "Traceback" not in done.err


def test_a_caption_file_that_does_not_exist_is_one_clear_line(album: Path, lsr_os: Command) -> None:
    done = lsr_os("index", album, "--captions", "no-such.tsv")
    assert done.status == 1
    assert "no-such.tsv" in done.err
