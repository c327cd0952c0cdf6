"""Items with bad values, shared ids, broken pictures and early ends: what is written, and told."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lsr_opensearch import Item, PhotoIndex, open_index
from lsr_opensearch.engines.port import WriteBatch, WriteResult
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.errors import UsageError
from lsr_opensearch.images.files import MAX_FILE_BYTES
from lsr_opensearch.indexing.items import BATCH_ITEMS
from lsr_opensearch.indexing.workers import CHUNK, READY_CHUNKS
from tests.conftest import HEIC_HEADER, PHOTOS, draw_picture

CAT = PHOTOS / "chelsea-cat.jpg"
ANYTHING: Any = object()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PhotoIndex]:
    with open_index(tmp_path / "index.sqlite") as opened:
        yield opened


def stored(index: PhotoIndex, item_id: str) -> Mapping[str, Any]:
    return index.engine.fetch([item_id])[item_id].metadata


def ids(index: PhotoIndex) -> list[str]:
    return list(index.engine.document_ids())


# Ids


def test_of_the_same_id_in_two_chunks_the_last_item_counts(
    index: PhotoIndex, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    Image.effect_noise((3000, 3000), 50).save(large, compress_level=1)
    slow = [Item("same", image=large, captions=["first"])]
    fill = [Item(f"fill-{n}", captions=["a dog"]) for n in range(CHUNK)]
    report = index.add([*slow, *fill, Item("same", captions=["last"])], workers=2)
    assert stored(index, "same")["captions"] == ["last"]
    assert (report.new, report.changed) == (CHUNK + 1, 1)


def test_the_order_of_revisions_is_that_in_which_items_are_given(
    index: PhotoIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    given: list[int] = []
    write = index.engine.write

    def watched(batch: WriteBatch) -> WriteResult:
        given.extend(document.revision for document in batch.documents)
        return write(batch)

    def items() -> Iterator[Item]:
        for number in range(CHUNK):
            yield Item(f"{number}", captions=["a dog"])
            asked.append(revision_now())

    monkeypatch.setattr(index.engine, "write", watched)
    index.add(items())
    assert all(revision <= later for revision, later in zip(given, asked, strict=True))
    assert given == sorted(given)


def test_an_id_of_another_source_is_refused_and_reported(index: PhotoIndex) -> None:
    index.add([Item("a", captions=["one"])], source="one")
    report = index.add([Item("a", captions=["two"]), Item("b", captions=["two"])], source="two")
    assert report.new == 1
    (skipped,) = report.skipped
    assert skipped.path == "a"
    assert "'one'" in skipped.reason
    assert "'two'" in skipped.reason
    assert "another id" in skipped.reason
    assert "forget" in skipped.reason
    assert stored(index, "a")["captions"] == ["one"]


def test_the_id_of_a_picture_of_a_folder_is_refused(index: PhotoIndex, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    draw_picture(tmp_path / "folder" / "a.png")
    index.add_folder(tmp_path / "folder")
    (taken,) = ids(index)
    for item in (Item(taken, captions=["mine"]), Item(taken, image=b"no picture")):
        assert len(index.add([item]).skipped) == 1
        assert stored(index, taken)["source"] == "folder"


# Pictures that cannot be had


def test_a_picture_that_is_none_any_more_takes_its_document_along(index: PhotoIndex) -> None:
    index.add([Item("1", image=CAT), Item("2", image=CAT)])
    report = index.add([Item("1", image=b"no picture")])
    assert [item.path for item in report.skipped] == ["1"]
    assert ids(index) == ["2"]


@pytest.mark.parametrize("image", ["no-such-file.jpg", "", "a\0b.jpg", "http://127.0.0.1:1/a.jpg"])
def test_a_picture_that_cannot_be_reached_leaves_its_document(
    index: PhotoIndex, image: str
) -> None:
    index.add([Item("1", image=CAT)])
    report = index.add([Item("1", image=image)])
    assert [item.path for item in report.skipped] == ["1"]
    assert ids(index) == ["1"]


def test_a_picture_whose_extra_is_not_installed_leaves_its_document(
    index: PhotoIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    index.add([Item("1", image=CAT)])
    (skipped,) = index.add([Item("1", image=HEIC_HEADER)]).skipped
    assert "[heif]" in skipped.reason
    assert ids(index) == ["1"]


def test_a_broken_picture_between_good_ones_of_the_same_id_changes_nothing(
    index: PhotoIndex,
) -> None:
    good, broken = Item("1", image=CAT), Item("1", image=b"no picture")
    assert index.add([good, broken, good]).new == 2
    assert ids(index) == ["1"]
    index.add([good, broken])
    assert ids(index) == []


def test_a_picture_of_the_callers_that_was_closed_is_only_skipped(index: PhotoIndex) -> None:
    with Image.open(CAT) as image:
        pass
    report = index.add([Item("closed", image=image), Item("cat", image=CAT)])
    assert [item.path for item in report.skipped] == ["closed"]
    assert ids(index) == ["cat"]


def test_a_file_too_large_for_memory_is_skipped(index: PhotoIndex, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.touch()
    os.truncate(large, MAX_FILE_BYTES + 1)
    (skipped,) = index.add([Item("large", image=large)]).skipped
    assert "536,870,913 bytes, more than the 536,870,912 that are read" in skipped.reason


# Values


@pytest.mark.parametrize(
    ("item", "word"),
    [
        (Item(ANYTHING, captions=["a"]), "object"),
        (Item("", captions=["a"]), "''"),
        (Item("a\0", captions=["a"]), "'a\\x00'"),
        (Item("a\ud800", captions=["a"]), "'a\\ud800'"),
        (Item("7", image=np.zeros((9, 9, 3))), "image"),  # type: ignore[arg-type]
        (Item("7", image=ANYTHING), "image"),
        (Item("7", image="a\ud800.jpg"), "image"),
        (Item("7", captions="a dog"), "captions"),
        (Item("7", captions=b"a dog"), "captions"),  # type: ignore[arg-type]
        (Item("7", captions=["a", None]), "captions"),  # type: ignore[list-item]
        (Item("7", captions=ANYTHING), "captions"),
        (Item("7", captions=["\x1b", " "]), "nor captions"),
        (Item("7", image=CAT, metadata=ANYTHING), "metadata"),
        (Item("7", image=CAT, metadata={1: "a"}), "metadata"),  # type: ignore[dict-item]
        (Item("7", image=CAT, metadata={"shop": None}), "'shop'"),  # type: ignore[dict-item]
        (Item("7", image=CAT, metadata={"shop": ANYTHING}), "'shop'"),
        (Item("7", image=CAT, metadata={"shop": {"a": 1}}), "'shop'"),  # type: ignore[dict-item]
        (Item("7", image=CAT, metadata={"shop": [["a"]]}), "'shop'"),  # type: ignore[list-item]
        (Item("7", image=CAT, metadata={"shop": float("nan")}), "'shop'"),
        (Item("7", image=CAT, metadata={"shop": np.float32("inf")}), "'shop'"),  # type: ignore[dict-item]
        (Item("7", image=CAT, metadata={"shop": "\ud800"}), "'shop'"),
        (Item("7", image=CAT, metadata={"shop": np.zeros(2)}), "'shop'"),  # type: ignore[dict-item]
        ({"id": "7", "image": CAT}, "dict"),
    ],
)
def test_a_wrong_value_is_named_after_what_came_before_is_written(
    index: PhotoIndex, item: Item, word: str
) -> None:
    before = [Item(f"good-{n}", captions=["a dog"]) for n in range(CHUNK + 3)]
    with pytest.raises(UsageError) as caught:
        index.add([*before, item, Item("after", captions=["a dog"])])
    assert word in caught.value.message
    assert getattr(item, "id", "") != "7" or "'7'" in caught.value.message
    assert ids(index) == sorted(one.id for one in before)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
def test_an_image_may_be_bytes_of_any_kind(index: PhotoIndex, kind: Any) -> None:
    assert index.add([Item("cat", image=kind(CAT.read_bytes()))]).new == 1
    assert index.search("cat")[0].id == "cat"


def test_metadata_may_be_dates_and_values_of_numpy(index: PhotoIndex) -> None:
    values: dict[str, Any] = {
        "day": date(2024, 5, 17),
        "moment": datetime(2024, 5, 17, 10, 30),
        "time": time(10, 30),
        "stamp": np.datetime64("2024-05-17T10:30:00", "ns"),
        "integer": np.int64(7),
        "float": np.float32(0.5),
        "flag": np.bool_(True),
        "text": np.str_("Wien"),
        "several": ("a", 1, np.int8(2), date(2024, 5, 17)),
    }
    index.add([Item("1", captions=["a dog"], metadata=values)])
    assert stored(index, "1")["extra"] == {
        "day": "2024-05-17",
        "moment": "2024-05-17T10:30:00",
        "time": "10:30:00",
        "stamp": "2024-05-17T10:30:00.000000000",
        "integer": 7,
        "float": 0.5,
        "flag": True,
        "text": "Wien",
        "several": ["a", 1, 2, "2024-05-17"],
    }


def test_no_captions_and_no_metadata_may_be_none(index: PhotoIndex) -> None:
    assert index.add([Item("1", image=CAT, captions=None, metadata=None)]).new == 1


def test_captions_and_paths_cannot_steer_a_terminal(index: PhotoIndex, tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "a\x1b[2J.png")
    index.add([Item("1", image=path, captions=["a\x1b[2J dog\n at sea"])])
    assert stored(index, "1")["captions"] == ["a[2J dog at sea"]
    assert stored(index, "1")["path"].endswith("a\\x1b[2J.png")
    (skipped,) = index.add([Item("2", image=tmp_path / "b\x1b[2J.png")]).skipped
    assert skipped.reason.isprintable()


# Early ends


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("good", [3, CHUNK * (READY_CHUNKS + 3) + 1, BATCH_ITEMS + 5])
def test_what_was_given_before_an_error_of_the_input_is_written(
    index: PhotoIndex, error: type[BaseException], good: int
) -> None:
    def items() -> Iterator[Item]:
        for number in range(good):
            yield Item(str(number), captions=["a dog"])
        raise error

    with pytest.raises(error):
        index.add(items())
    assert len(ids(index)) == good


def test_items_are_written_in_batches(index: PhotoIndex) -> None:
    seen: list[int] = []

    def look(_done: int, _total: int) -> None:
        seen.append(len(ids(index)))

    index.add(
        (Item(f"{n:04}", captions=["a dog"]) for n in range(2 * BATCH_ITEMS)), on_progress=look
    )
    assert len(seen) == 2 * BATCH_ITEMS // CHUNK
    # Fewer commits than chunks, and what is written is a beginning of what was given.
    assert len(set(seen)) < len(seen) / 4
    assert all(count % CHUNK == 0 for count in seen)
    assert seen[-1] == 2 * BATCH_ITEMS
