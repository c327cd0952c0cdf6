"""The planted data set: what its truth is, and that the files tell it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.parquet import read_vectors
from lsr_opensearch.datasets.planted.lexicon import FUNCTION_WORDS, concepts
from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
from lsr_opensearch.datasets.planted.writing import (
    DENSE_MODEL_FOLDER,
    WORD_VECTORS_FILE,
    planted_dataset,
    write_planted,
)
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.errors import MissingExtraError, UsageError
from lsr_opensearch.evaluation.evaluate import dense_runs, judgements
from lsr_opensearch.evaluation.ranking import effectiveness
from lsr_opensearch.training.vocabulary import Vocabulary

SIZES = Sizes(200, 20, 300)
SETTINGS = PlantedSettings(vocabulary=1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("planted") / "data"
    write_planted(out, sizes=SIZES, settings=SETTINGS, seed=1)
    return out


@pytest.fixture(scope="module")
def dataset(folder: Path) -> DenseDataset:
    return read_dataset(folder)


def test_the_files_are_those_of_the_published_data_sets(folder: Path) -> None:
    """Read as anybody would, not by our own reader."""
    meta = json.loads((folder / "dataset_meta.json").read_text("utf-8"))
    assert set(meta) == {"dataset", "images"}
    for image in meta["images"]:
        assert set(image) == {"imgid", "filename", "split", "sentences"}
        assert all(set(sentence) == {"sentid", "raw"} for sentence in image["sentences"])
    said = [sentence for image in meta["images"] for sentence in image["sentences"]]
    for name, ids in (
        ("img_embs.parquet", [image["imgid"] for image in meta["images"]]),
        ("text_embs.parquet", [sentence["sentid"] for sentence in said]),
    ):
        table = parquet.read_table(folder / name)
        columns = {column.name: column.type for column in table.schema}
        assert columns == {"id": pa.string(), "emb": pa.list_(pa.float32())}
        assert table["id"].to_pylist() == ids
        assert {len(vector) for vector in table["emb"].to_pylist()} == {256}


def test_no_word_is_in_two_concepts() -> None:
    words = [word for concept in concepts() for word in concept.words] + list(FUNCTION_WORDS)
    assert len(words) == len(set(words))


def test_the_same_seed_plants_the_same(dataset: DenseDataset) -> None:
    again, _ = planted_dataset(SIZES, SETTINGS, 1)
    other, _ = planted_dataset(SIZES, SETTINGS, 2)
    assert again.captions == dataset.captions != other.captions
    assert np.array_equal(again.image_vectors, dataset.image_vectors)


def test_every_split_has_its_images_with_five_captions_each(dataset: DenseDataset) -> None:
    for name, size in (("train", 200), ("val", 20), ("test", 300)):
        split = dataset.split(name)
        assert len(split.image_ids) == size
        assert np.bincount(split.image_of_caption).tolist() == [5] * size


def test_vectors_are_of_length_one(dataset: DenseDataset) -> None:
    for vectors in (dataset.image_vectors, dataset.caption_vectors):
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_texts_find_their_images_often_but_not_always(dataset: DenseDataset) -> None:
    test = dataset.split("test")
    found = effectiveness(dense_runs(test)["t2i"].run, judgements(test)["t2i"])
    assert 60 < found.recall[1] < 98


def test_synonyms_mean_nearly_the_same(folder: Path) -> None:
    words, meanings = read_vectors(folder / WORD_VECTORS_FILE)
    number = {word: row for row, word in enumerate(words)}
    dog, puppy, cat, pizza = (meanings[number[one]] for one in ("dog", "puppy", "cat", "pizza"))
    assert dog @ puppy > 0.8 > 0.4 > dog @ cat > dog @ pizza


def test_the_dense_model_encodes_the_captions_as_they_are_written(
    folder: Path, dataset: DenseDataset
) -> None:
    tower = load_dense_model(folder / DENSE_MODEL_FOLDER).text
    vocabulary = Vocabulary(tower.tokenizer_file)
    for row in (0, 100, 1000):
        ids = torch.tensor([vocabulary.numbers(dataset.captions[row])])
        vector = tower(ids, torch.ones_like(ids))[0].numpy()
        assert np.allclose(vector, dataset.caption_vectors[row], atol=1e-5)


def test_what_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lsr_opensearch.datasets.word_tokenizer", None)
    with pytest.raises(MissingExtraError):
        write_planted(tmp_path / "out", sizes=Sizes(5, 2, 2))
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(folder: Path) -> None:
    with pytest.raises(UsageError, match="is not empty"):
        write_planted(folder)
