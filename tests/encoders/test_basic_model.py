"""The committed model directory: complete, small, and what its description says."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.basic.vocabulary import NEIGHBOURS, Neighbours, Vocabulary
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models import find_model
from tools.basic_model import card

LARGEST = 16_000_000


@pytest.fixture(scope="module")
def directory() -> Path:
    return find_model("basic")


@pytest.fixture(scope="module")
def description(directory: Path) -> dict[str, Any]:
    return json.loads((directory / "model.json").read_text())


def test_the_model_is_smaller_than_sixteen_megabytes(directory: Path) -> None:
    assert sum(file.stat().st_size for file in directory.iterdir()) < LARGEST


def test_every_file_of_the_model_is_described(directory: Path, description: dict[str, Any]) -> None:
    assert {file.name for file in directory.iterdir()} == {"model.json", *description["files"]}


def test_every_file_has_the_hash_that_is_described(
    directory: Path, description: dict[str, Any]
) -> None:
    hashes = {
        name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
        for name in description["files"]
    }
    assert hashes == {name: file["sha256"] for name, file in description["files"].items()}


def test_the_space_names_the_files_that_documents_depend_on(
    directory: Path, description: dict[str, Any]
) -> None:
    assert description["space_id"] == card.space_id(directory)


def test_the_card_and_the_description_come_from_the_build(
    directory: Path, description: dict[str, Any]
) -> None:
    assert (directory / "README.md").read_text() == card.model_card(description["metrics"])


@pytest.mark.parametrize("name", ["NOTICE.txt", "LICENSE-WORDNET.txt", "LICENSE-APACHE-2.0.txt"])
def test_notices_and_licences_come_with_the_model(directory: Path, name: str) -> None:
    assert (directory / name).stat().st_size > 0


def test_no_word_comes_twice(directory: Path) -> None:
    vocabulary = Vocabulary.load(directory)
    assert len(vocabulary.words) == len(vocabulary.numbers)


def test_every_word_has_an_idf(directory: Path) -> None:
    vocabulary = Vocabulary.load(directory)
    assert len(vocabulary.idf_bytes) == len(vocabulary.words)


def test_neighbours_are_words_of_the_vocabulary(directory: Path) -> None:
    assert max(Neighbours.load(directory).numbers) < len(Vocabulary.load(directory).words)


def test_a_word_is_no_neighbour_of_itself(directory: Path) -> None:
    neighbours = Neighbours.load(directory)
    words = len(neighbours.numbers) // NEIGHBOURS
    assert not any(word == other for word in range(words) for other, _ in neighbours.of(word))


def test_a_directory_that_lacks_a_word_table_is_an_error_that_names_it(
    directory: Path, tmp_path: Path
) -> None:
    shutil.copytree(directory, tmp_path / "copy")
    (tmp_path / "copy" / "idf.bin").unlink()
    with pytest.raises(ModelError, match=r"idf\.bin"):
        load_encoder(tmp_path / "copy").encode_queries(["dog"])


def test_a_damaged_network_is_an_error_that_says_so(directory: Path, tmp_path: Path) -> None:
    shutil.copytree(directory, tmp_path / "copy")
    (tmp_path / "copy" / "image.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelError, match="damaged"):
        load_encoder(tmp_path / "copy").encode_images([b""])
