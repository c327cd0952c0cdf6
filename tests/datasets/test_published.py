"""The published format of dense vectors: what is read, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE, TEXTS_FILE
from lsr_opensearch.datasets.parquet import read_vectors, write_vectors
from lsr_opensearch.datasets.published import read_dataset, write_dataset
from lsr_opensearch.errors import DatasetError


def dataset(width: int = 4) -> DenseDataset:
    random = np.random.default_rng(0)
    return DenseDataset(
        image_ids=("7", "8", "9"),
        image_vectors=random.normal(size=(3, width)).astype(np.float32),
        caption_ids=("70", "71", "80", "90"),
        captions=("a dog", "ein Hund: 狗", "a cat", "a bus"),
        caption_vectors=random.normal(size=(4, width)).astype(np.float32),
        image_of_caption=np.array([0, 0, 1, 2]),
        image_splits=("train", "test", "train"),
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written = dataset()
    write_dataset(tmp_path, written, "small")
    read = read_dataset(tmp_path)
    for name in ("image_ids", "caption_ids", "captions", "image_splits"):
        assert getattr(read, name) == getattr(written, name)
    for name in ("image_vectors", "caption_vectors", "image_of_caption"):
        assert np.array_equal(getattr(read, name), getattr(written, name))


def test_rows_may_lie_in_any_order(tmp_path: Path) -> None:
    written = dataset()
    write_dataset(tmp_path, written, "small")
    write_vectors(tmp_path / IMAGES_FILE, ("9", "7", "8"), written.image_vectors[[2, 0, 1]])
    assert np.array_equal(read_dataset(tmp_path).image_vectors, written.image_vectors)


def test_double_precision_is_read_as_single(tmp_path: Path) -> None:
    """As lists of Python's numbers are written, which the authors' vectors were."""
    written = dataset()
    write_dataset(tmp_path, written, "small")
    columns = {"id": list(written.image_ids), "emb": written.image_vectors.tolist()}
    table = pa.table(columns)
    assert table.schema.field("emb").type == pa.list_(pa.float64())
    parquet.write_table(table, tmp_path / IMAGES_FILE)
    found = read_dataset(tmp_path).image_vectors
    assert found.dtype == np.float32
    assert np.array_equal(found, written.image_vectors)


def test_numbers_as_ids_are_text(tmp_path: Path) -> None:
    """As in the split files of Karpathy."""
    write_dataset(tmp_path, dataset(), "small")
    meta = json.loads((tmp_path / META_FILE).read_text())
    for image in meta["images"]:
        image["imgid"] = int(image["imgid"])
    (tmp_path / META_FILE).write_text(json.dumps(meta))
    assert read_dataset(tmp_path).image_ids == ("7", "8", "9")


def test_a_split_has_its_images_with_their_captions() -> None:
    train = dataset().split("train")
    assert train.image_ids == ("7", "9")
    assert train.captions == ("a dog", "ein Hund: 狗", "a bus")
    assert train.image_of_caption.tolist() == [0, 0, 1]
    assert np.array_equal(train.caption_vectors, dataset().caption_vectors[[0, 1, 3]])


def test_train_has_what_was_left_over_of_the_validation_set_too(tmp_path: Path) -> None:
    """As MSCOCO is split; that it is ``restval`` is kept."""
    write_dataset(tmp_path, replace(dataset(), image_splits=("restval", "val", "train")), "small")
    read = read_dataset(tmp_path)
    train = read.split("train")
    assert (train.image_ids, train.image_splits) == (("7", "9"), ("restval", "train"))
    assert train.captions == ("a dog", "ein Hund: 狗", "a bus")
    assert np.array_equal(train.image_vectors, read.image_vectors[[0, 2]])
    assert read.split("restval").image_ids == ("7",)
    assert read.split("val").image_ids == ("8",)
    alone = replace(read, image_splits=("restval", "val", "val"))
    assert (alone.lacks("train", "test"), alone.split("train").image_ids) == (["test"], ("7",))


def test_an_unknown_split_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DatasetError, match=r"no split 'val'.*test, train"):
        dataset().split("val")


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_meta(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        meta = json.loads((folder / META_FILE).read_text())
        change(meta)
        (folder / META_FILE).write_text(json.dumps(meta))

    return spoil


def with_vectors(name: str, ids: tuple[str, ...], vectors: Any) -> Callable[[Path], None]:
    return lambda folder: write_vectors(folder / name, ids, np.array(vectors, np.float32))


def ragged(name: str, ids: tuple[str, ...]) -> Callable[[Path], None]:
    vectors = [[1.0, 2.0], *[[1.0]] * (len(ids) - 1)]
    return lambda folder: parquet.write_table(
        pa.table({"id": list(ids), "emb": vectors}), folder / name
    )


def overwritten(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(b"not parquet at all")


IMAGES = ("7", "8", "9")
CAPTIONS = ("70", "71", "80", "90")
BAD = {
    "no split file": (without(META_FILE), f"not a data set: it has no {META_FILE}"),
    "no vectors of images": (without(IMAGES_FILE), f"no file .*{IMAGES_FILE}"),
    "no vectors of captions": (without(TEXTS_FILE), f"no file .*{TEXTS_FILE}"),
    "split file of something else": (
        lambda folder: (folder / META_FILE).write_text("[]"),
        "no list of images",
    ),
    "split file cut off": (
        lambda folder: (folder / META_FILE).write_text('{"images": ['),
        "cannot be read",
    ),
    "image without split": (
        with_meta(lambda meta: meta["images"][1].pop("split")),
        "image number 1 lacks 'split'",
    ),
    "image without captions": (
        with_meta(lambda meta: meta["images"][1].update(sentences=[])),
        "image 8 has no caption",
    ),
    "image twice": (
        with_meta(lambda meta: meta["images"][1].update(imgid="7")),
        "lists the image 7 twice",
    ),
    "caption twice": (
        with_meta(lambda meta: meta["images"][1]["sentences"][0].update(sentid="70")),
        "lists the caption 70 twice",
    ),
    "image without vector": (
        with_vectors(IMAGES_FILE, ("7", "8"), np.ones((2, 4))),
        rf"{IMAGES_FILE} has no vector for 1 image \(9\)",
    ),
    "caption without vector": (
        with_vectors(TEXTS_FILE, ("71", "80"), np.ones((2, 4))),
        rf"{TEXTS_FILE} has no vector for 2 captions \(70, 90\)",
    ),
    "vectors without image": (
        with_vectors(IMAGES_FILE, (*IMAGES, "10", "11"), np.ones((5, 4))),
        rf"{IMAGES_FILE} has vectors for 2 images \(10, 11\) that",
    ),
    "vector without caption": (
        with_vectors(TEXTS_FILE, (*CAPTIONS, "99"), np.ones((5, 4))),
        rf"{TEXTS_FILE} has vectors for 1 caption \(99\) that",
    ),
    "vector of an image twice": (
        with_vectors(IMAGES_FILE, (*IMAGES, "8"), np.ones((4, 4))),
        rf"{IMAGES_FILE} lists the image 8 twice",
    ),
    "vector of a caption twice": (
        with_vectors(TEXTS_FILE, (*CAPTIONS, "80"), np.ones((5, 4))),
        rf"{TEXTS_FILE} lists the caption 80 twice",
    ),
    "images of another width": (
        with_vectors(IMAGES_FILE, IMAGES, np.ones((3, 5))),
        "images have 5 numbers, those of captions 4",
    ),
    "captions of another width": (
        with_vectors(TEXTS_FILE, CAPTIONS, np.ones((4, 5))),
        "images have 4 numbers, those of captions 5",
    ),
    "image that is not finite": (
        with_vectors(IMAGES_FILE, IMAGES, [[1] * 4, [1, np.nan, 1, 1], [1] * 4]),
        f"{IMAGES_FILE}: the vector of 8 holds NaN",
    ),
    "captions that are not finite": (
        with_vectors(TEXTS_FILE, CAPTIONS, [[1] * 4, [np.inf] * 4, [1] * 4, [np.nan] * 4]),
        f"{TEXTS_FILE}: the vector of 71 holds NaN or infinity; so do 1 others",
    ),
    "images of several widths": (
        ragged(IMAGES_FILE, IMAGES),
        rf"{IMAGES_FILE}: .* not all of one width \(1, 2\)",
    ),
    "captions of several widths": (
        ragged(TEXTS_FILE, CAPTIONS),
        rf"{TEXTS_FILE}: .* not all of one width \(1, 2\)",
    ),
    "images no Parquet": (overwritten(IMAGES_FILE), f"{IMAGES_FILE} cannot be read"),
    "captions no Parquet": (overwritten(TEXTS_FILE), f"{TEXTS_FILE} cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, name: str) -> None:
    spoil, message = BAD[name]
    write_dataset(tmp_path, dataset(), "small")
    spoil(tmp_path)
    with pytest.raises(DatasetError, match=message) as raised:
        read_dataset(tmp_path)
    assert raised.value.next_step


def test_vectors_may_be_changed_by_who_reads_them(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.parquet", ("a",), np.ones((1, 2), np.float32))
    _, vectors = read_vectors(tmp_path / "v.parquet")
    vectors /= 2
    assert vectors.tolist() == [[0.5, 0.5]]
