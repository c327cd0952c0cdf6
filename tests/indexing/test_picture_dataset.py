"""A folder of pictures with captions as a data set."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lsr_opensearch.errors import DatasetError
from lsr_opensearch.indexing.captions import read_captions
from lsr_opensearch.indexing.picture_dataset import captioned_pictures, picture_id, split_of
from tests.conftest import draw_picture


def test_captions_come_from_tables_then_sidecars_then_the_picture_itself(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 8), "red")
    exif = picture.getexif()
    exif[0x010E] = "in itself"
    picture.save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "a.jpg.txt").write_text("beside it\nin a table\n")
    (tmp_path / "captions.tsv").write_text("a.jpg\tin a table\n")
    found = captioned_pictures(tmp_path, [read_captions(tmp_path / "captions.tsv")])
    assert found.dataset.captions == ("in a table", "beside it", "in itself")
    assert found.dataset.image_of_caption.tolist() == [0, 0, 0]


def test_pictures_are_known_by_their_path_and_those_without_captions_left_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "below").mkdir()
    for name in ("b.png", "below/a.png", "c.png"):
        draw_picture(tmp_path / name)
    (tmp_path / "below" / "a.txt").write_text("a dot")
    (tmp_path / "c.txt").write_text("two dots\na dot")
    found = captioned_pictures(tmp_path)
    assert found.dataset.image_ids == ("c.png", "below/a.png")
    assert found.dataset.image_files == (tmp_path / "c.png", tmp_path / "below" / "a.png")
    assert found.dataset.caption_ids == ("c.png#0", "c.png#1", "below/a.png#0")
    assert found.dataset.captions_of_images() == [["two dots", "a dot"], ["a dot"]]
    assert found.without == 1


def test_no_two_pictures_have_one_name() -> None:
    paths = (b"\xff.png", b"\\xff.png", b"/%FF.png"[1:], b"\n.png", b"\\n.png", "ü.png".encode())
    names = [picture_id(path) for path in paths]
    assert len(set(names)) == len(paths)
    assert names == ["/%FF.png", "\\xff.png", "%FF.png", "/%0A.png", "\\n.png", "ü.png"]


def test_a_picture_that_is_none_is_kept_for_whoever_decodes_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "a.txt").write_text("a dot")
    assert captioned_pictures(tmp_path).dataset.image_ids == ("a.png",)


def test_what_is_wrong_with_a_table_is_noted(tmp_path: Path) -> None:
    draw_picture(tmp_path / "a.png")
    (tmp_path / "captions.tsv").write_text("a.png\ta dot\na.png\t\n")
    found = captioned_pictures(tmp_path, [read_captions(tmp_path / "captions.tsv")])
    assert len(found.notes) == 1
    assert "the caption of a.png is empty" in found.notes[0]


def test_a_folder_without_any_caption_says_where_to_give_them(tmp_path: Path) -> None:
    draw_picture(tmp_path / "a.png")
    with pytest.raises(
        DatasetError, match=r"Of 1 picture in .* none has a caption.*--captions FILE"
    ):
        captioned_pictures(tmp_path)


def test_splits_are_8_to_1_to_1() -> None:
    names = [split_of(f"{number}.jpg") for number in range(4000)]
    assert names.count("train") / 4000 == pytest.approx(0.8, abs=0.03)
    assert names.count("val") / 4000 == pytest.approx(0.1, abs=0.03)
    assert names.count("test") / 4000 == pytest.approx(0.1, abs=0.03)


def test_a_picture_stays_in_its_split_for_ever() -> None:
    given = ("american-bison.jpg", "b.jpg", "22.jpg", "below/ü.png")
    assert [split_of(name) for name in given] == ["train", "val", "test", "train"]
