"""From picture files to a model that looks at pictures, by the commands of the manual."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from lsr_opensearch.cli import run
from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.encoders.networks.files import VOCABULARY, read_lines
from lsr_opensearch.terms import TermWeights
from lsr_opensearch.training.d2s.export import read_head
from tests.conftest import PHOTOS, Finished, draw_picture
from tests.dense.toys import bert_tokenizer, tokens
from tests.differences import largest_difference

Command = Callable[..., Finished]
CAPTIONS = PHOTOS / "captions.tsv"
LONG = "a dog at the beach, " * 30


@pytest.fixture(scope="module")
def place(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos of the examples as ``data``, and a ``model`` trained on them."""
    place = tmp_path_factory.mktemp("trained")
    words = bert_tokenizer(place / "bert")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    config = BertConfig(vocab_size=60, num_attention_heads=2, **sizes)
    BertForMaskedLM(config).save_pretrained(words)
    data, dense = str(place / "data"), ("--dense-model", str(clip))
    encoding = ("data", "encode", str(PHOTOS), "--captions", str(CAPTIONS), "--out", data)
    training = ("train", "d2s", "--data", data, "--mlm-head", str(words), "--epochs", "2")
    assert run([*encoding, *dense]) == 0
    assert run([*training, *dense, "--out", str(place / "model")]) == 0
    return place


@pytest.fixture
def encoder(place: Path) -> D2SEncoder:
    loaded = load_encoder(place / "model")
    assert isinstance(loaded, D2SEncoder)
    return loaded


def from_torch(weights: torch.Tensor, words: list[str]) -> list[TermWeights]:
    """What a network says, as term weights."""
    expected = [
        {words[number]: float(row[number]) for number in row.nonzero()[:, 0]} for row in weights
    ]
    assert all(expected)
    return expected


def test_every_picture_and_caption_of_the_examples_has_a_vector(place: Path) -> None:
    dataset = read_dataset(place / "data")
    assert len(dataset.image_ids) == 43
    assert "two-dogs-at-window.jpg" in dataset.image_ids
    assert {name: dataset.image_splits.count(name) for name in ("train", "val", "test")} == {
        "train": 34,
        "val": 4,
        "test": 5,
    }


def test_the_model_has_all_sides(encoder: D2SEncoder, place: Path) -> None:
    described = json.loads((place / "model" / "model.json").read_text())
    assert described["sides"] == ["image", "caption", "query"]


def test_pictures_are_what_the_head_makes_of_the_tower(
    encoder: D2SEncoder, place: Path, clip: Path
) -> None:
    model, head = load_dense_model(clip), read_head(place / "model")
    assert model.image is not None
    files = sorted(PHOTOS.glob("*.*g"))[:9]
    pixels = [torch.from_numpy(model.image.picture_input.pixels(file)) for file in files]
    with torch.no_grad():
        weights = head(model.image(torch.stack(pixels)))
    expected = from_torch(weights, read_lines(place / "model" / VOCABULARY))
    assert largest_difference(encoder.encode_images(files), expected) < 1e-4


def test_texts_are_what_the_head_makes_of_the_tower_however_long(
    encoder: D2SEncoder, place: Path, clip: Path
) -> None:
    """The tokens are CLIP's, and the words another vocabulary's."""
    model, head = load_dense_model(clip), read_head(place / "model")
    texts = ["a dog", "two dogs at the beach", LONG]
    with torch.no_grad():
        weights = head(model.text(*tokens(model.text.tokenizer_file, texts)))
    expected = from_torch(weights, read_lines(place / "model" / VOCABULARY))
    assert largest_difference(encoder.encode_captions(texts), expected) < 1e-4


def test_pictures_are_found_by_the_model(lsr_os: Command, place: Path) -> None:
    where = ("--url", "i.sqlite", "--model", place / "model")
    done = lsr_os("index", PHOTOS, *where)
    assert (done.status, done.out) == (0, "photos: 43 new\n"), done.err
    assert lsr_os("search", "a dog", *where).status == 0


def test_a_dense_model_of_another_width_is_not_trained_with(
    lsr_os: Command, place: Path, tmp_path: Path
) -> None:
    planted = lsr_os("data", "planted", "--out", "p", "--train", "9", "--val", "2", "--test", "2")
    assert planted.status == 0
    done = lsr_os(
        *("train", "d2s", "--data", place / "data", "--mlm-head", place / "bert"),
        *("--dense-model", tmp_path / "p" / "dense_model", "--out", "other"),
    )
    assert done.status == 1
    assert "data has vectors of 8 numbers, and the dense model" in done.err


def test_another_dense_model_of_the_same_width_is_not_trained_with(
    lsr_os: Command, place: Path, blip: Path
) -> None:
    done = lsr_os(
        *("train", "d2s", "--data", place / "data", "--mlm-head", place / "bert"),
        *("--dense-model", blip, "--out", "other", "--epochs", "1"),
    )
    assert done.status == 1
    assert f"data are not of the dense model '{blip}': " in done.err
    assert "--dense-model NAME|DIR" in done.err


def test_a_model_tells_its_dense_model_and_where_its_words_start(place: Path, clip: Path) -> None:
    described = json.loads((place / "model" / "model.json").read_text())
    assert described["training"]["dense_model"] == clip.name
    assert described["training"]["mlm_head"] == "bert"


def test_the_command_that_is_named_next_trains_a_model(
    lsr_os: Command, place: Path, clip: Path, tmp_path: Path
) -> None:
    done = lsr_os(
        *("data", "encode", PHOTOS, "--captions", CAPTIONS, "--out", "my data"),
        *("--dense-model", clip),
    )
    assert "Note: " not in done.err
    command = done.err.partition("Train on it: lsr-os ")[2].splitlines()[0]
    for place_holder, value in (("NAME|DIR", place / "bert"), ("MODEL", "model")):
        assert place_holder in command
        command = command.replace(place_holder, str(value))
    assert lsr_os(*shlex.split(command), "--epochs", "1").status == 0
    assert (tmp_path / "model" / "model.json").exists()


def test_a_data_set_without_word_vectors_needs_a_language_model(
    lsr_os: Command, place: Path, clip: Path
) -> None:
    command = ("train", "d2s", "--data", place / "data", "--dense-model", clip, "--out", "other")
    done = lsr_os(*command)
    assert done.status == 1
    assert "data has no word_vectors.parquet" in done.err
    assert "--mlm-head NAME|DIR" in done.err


def test_too_few_pictures_to_train_on_are_told_when_encoding_and_when_training(
    lsr_os: Command, place: Path, blip: Path, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    draw_picture(tmp_path / "p" / "a.png")
    (tmp_path / "p" / "a.txt").write_text("a dot")
    done = lsr_os("data", "encode", "p", "--dense-model", blip, "--out", "data")
    assert done.status == 0
    assert "Note: no picture is in val or test. " in done.err
    assert "--split-file FILE" in done.err
    assert "Train on it" not in done.err
    training = ("train", "d2s", "--data", "data", "--dense-model", blip, "--mlm-head")
    done = lsr_os(*training, place / "bert", "--out", "model")
    assert done.status == 1
    assert "data has no picture in the split 'val', and training needs" in done.err
    assert "--split-file" in done.err


def test_a_split_file_says_captions_and_splits(lsr_os: Command, blip: Path, tmp_path: Path) -> None:
    (tmp_path / "val2014").mkdir()
    for name in ("a.png", "b.png"):
        draw_picture(tmp_path / "val2014" / name)
    listed = [
        {
            "imgid": number,
            "split": split,
            "filepath": "val2014",
            "filename": f"{name}.png",
            "sentences": [{"sentid": 2 * number, "raw": f"the {name}"}],
        }
        for number, (name, split) in enumerate({"a": "restval", "b": "test"}.items())
    ]
    (tmp_path / "split.json").write_text(json.dumps({"images": listed}))
    done = lsr_os(
        *("data", "encode", ".", "--split-file", "split.json"),
        *("--dense-model", blip),
        *("--out", "data"),
    )
    assert (done.status, done.out) == (
        0,
        "data: 2 pictures with 2 captions, vectors of 8 numbers\n",
    ), done.err
    found = read_dataset(tmp_path / "data")
    assert (found.image_ids, found.image_splits) == (("0", "1"), ("restval", "test"))
    assert "val2014/a.png" in (tmp_path / "data" / "dataset_meta.json").read_text()


def test_pictures_left_out_are_listed_and_the_status_says_so(
    lsr_os: Command, blip: Path, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    draw_picture(tmp_path / "p" / "good.png")
    draw_picture(tmp_path / "p" / "silent.png")
    (tmp_path / "p" / "bad.png").write_bytes(b"no picture")
    (tmp_path / "captions.tsv").write_text("good.png\ta dot\nbad.png\ta dog\n")
    command = ("data", "encode", "p", "--captions", "captions.tsv", "--dense-model", blip)
    done = lsr_os(*command, "--out", "data")
    assert done.status == 1
    assert "bad.png" in done.err
    assert "--skip-bad" in done.err
    done = lsr_os(*command, "--out", "data", "--skip-bad")
    assert done.status == 3
    assert "Left out, having no caption: 1 picture." in done.err
    assert "Left out: " in done.err
    assert "bad.png" in done.err
    assert read_dataset(tmp_path / "data").image_ids == ("good.png",)


def test_pictures_whose_names_are_not_utf_8_are_encoded_and_found_again(
    lsr_os: Command, blip: Path, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    draw_picture(tmp_path / "a.png")
    odd, escaped = b"p/\xff.png", b"p/\\xff.png"
    for name in (odd, escaped):
        shutil.copy(b"a.png", name)
        Path(os.fsdecode(name) + ".txt").write_text("a dot")
    done = lsr_os("data", "encode", "p", "--dense-model", blip, "--out", "data")
    assert done.status == 0, done.err
    assert set(read_dataset(tmp_path / "data").image_ids) == {"/%FF.png", "\\xff.png"}
    listed = read_pictures(tmp_path / "data" / "dataset_meta.json", tmp_path / "p")
    assert {os.fsencode(file.name) for file in listed.image_files} == {
        b"\xff.png",
        b"\\xff.png",
    }


def test_the_split_file_of_a_folder_of_pictures_is_not_written_over(
    lsr_os: Command, blip: Path, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    draw_picture(tmp_path / "p" / "a.png")
    (tmp_path / "p" / "a.txt").write_text("a dot")
    (tmp_path / "p" / "dataset_meta.json").write_text("mine")
    done = lsr_os("data", "encode", "p", "--dense-model", blip, "--out", "p")
    assert (done.status, done.err.splitlines()[0]) == (2, "Error: p is not empty.")
    assert (tmp_path / "p" / "dataset_meta.json").read_text() == "mine"


def test_a_split_file_has_the_captions_itself(lsr_os: Command) -> None:
    done = lsr_os(
        *("data", "encode", ".", "--split-file", "s.json", "--captions", "c.tsv"),
        *("--dense-model", "blip", "--out", "data"),
    )
    assert done.status == 2
    assert "Leave --captions out" in done.err


def test_help_and_planted_data_need_no_torch() -> None:
    script = (
        "import sys; from lsr_opensearch.cli import run\n"
        "run(['data', 'encode', '--help'])\n"
        "sys.exit([m for m in ('torch', 'transformers', 'pyarrow') if m in sys.modules] or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
