"""From pictures with captions to a search, by the commands of the manual."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.bi_encoder import BiEncoder
from lsr_opensearch.encoders.networks.heaviest import heaviest
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ModelError
from lsr_opensearch.training.rivals.decoding import decoded
from lsr_opensearch.training.rivals.settings import PRESETS
from tests.conftest import Finished
from tests.differences import largest_difference
from tests.evaluation.contract import check_figures
from tests.training.conftest import trained_once
from tests.training.rivals.conftest import Given
from tests.training.rivals.test_training import pairs, trained
from tests.training.rivals.toys import COLOURS

Command = Callable[..., Finished]
SETTINGS = replace(PRESETS["lexlip"]["quick"], batch=12, epochs=30, rate=3e-3)
OPTIONS = ("--preset", "quick", "--batch", "12", "--epochs", "30", "--rate", "3e-3")


@pytest.fixture(scope="module")
def model(given: Given, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_once(tmp_path_factory, "lexlip-model", lambda out: _train(given, out))


def _train(given: Given, out: Path) -> None:
    backbones = ("--image-backbone", given.beit, "--text-backbone", given.bert)
    command = ("train", "lexlip", "--data", given.shapes, *backbones)
    subprocess.run(
        [sys.executable, "-m", "cli", *command, *OPTIONS, "--out", out],
        check=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


@pytest.fixture
def encoder(model: Path) -> BiEncoder:
    loaded = load_encoder(model)
    assert isinstance(loaded, BiEncoder)
    return loaded


def test_a_model_directory_holds_what_is_promised(model: Path) -> None:
    assert {path.name for path in model.iterdir()} == {
        "model.json",
        "README.md",
        "vocabulary.txt",
        "special.txt",
        "tokenizer.json",
        "text.onnx",
        "image.onnx",
        "picture.json",
        "training.csv",
    }
    described = json.loads((model / "model.json").read_text())
    assert (described["kind"], described["sides"]) == (
        "bi_encoder",
        ["image", "caption", "query"],
    )
    making = described["training"]
    assert making["seconds"] > 0
    assert making["peak_bytes"] > 2**20
    assert making["image_backbone"] == "beit"
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    assert tokenizer["truncation"]["max_length"] == 512
    card = (model / "README.md").read_text()
    assert "| val R@1 |" in card
    assert '"peak_bytes"' in card


def test_the_networks_say_what_torch_says(encoder: BiEncoder, given: Given, tmp_path: Path) -> None:
    rival = trained(given, SETTINGS, tmp_path / "again", backbone=given.beit).rival
    dataset = read_pictures(given.shapes / "dataset_meta.json", given.shapes).split("val")
    words = (encoder.description.directory / "vocabulary.txt").read_text().split("\n")
    some = pairs(given, "val")
    picture = PictureInput.read(encoder.description.directory)
    with torch.no_grad():
        texts = rival.texts(*some.text_batch(range(24)))
        images = rival.images(next(iter(decoded([some.files], picture))))
    of_texts = heaviest(texts.numpy(), words, 512)
    of_images = heaviest(images.numpy(), words, 512)
    assert max(map(len, of_texts)) > 1
    assert largest_difference(encoder.encode_captions(dataset.captions), of_texts) < 1e-4
    assert largest_difference(encoder.encode_images(dataset.image_files), of_images) < 1e-4
    one_by_one = [encoder.encode_queries([one])[0] for one in dataset.captions]
    assert largest_difference(one_by_one, of_texts) < 1e-4


def test_special_tokens_are_no_terms(encoder: BiEncoder, given: Given) -> None:
    dataset = read_pictures(given.shapes / "dataset_meta.json", given.shapes)
    found = encoder.encode_images(dataset.image_files) + encoder.encode_captions(dataset.captions)
    assert not [term for terms in found for term in terms if term.startswith("[")]


def test_texts_without_a_word_say_nothing(encoder: BiEncoder) -> None:
    assert encoder.encode_queries(["", "  ", "zzzqqq"]) == [{}] * 3
    assert encoder.encode_captions([]) == []


def test_the_literal_terms_are_the_tokens(encoder: BiEncoder) -> None:
    texts = ["red dogs", "Red, RED", "zzzqqq", ""]
    assert encoder.literal_terms(texts) == [[("red", "dog", "##s")], [("red",)], [], []]


def test_pruning_keeps_the_heaviest(model: Path, tmp_path: Path, given: Given) -> None:
    pruned = tmp_path / "pruned"
    shutil.copytree(model, pruned)
    described = json.loads((pruned / "model.json").read_text())
    described["pruning"] = {"image_terms": 2, "caption_terms": 1}
    (pruned / "model.json").write_text(json.dumps(described))
    photo = given.shapes / "pictures" / "val-red-circle.png"
    whole, few = (load_encoder(one) for one in (model, pruned))
    assert list(few.encode_images([photo])[0]) == list(whole.encode_images([photo])[0])[:2]
    assert (
        list(few.encode_captions(["a red circle"])[0])
        == list(whole.encode_captions(["a red circle"])[0])[:1]
    )
    assert few.encode_queries(["a red circle"]) == whole.encode_queries(["a red circle"])


def test_pictures_are_indexed_and_searched(lsr_os: Command, model: Path, given: Given) -> None:
    where = ("--url", "i.sqlite", "--model", model)
    done = lsr_os("index", given.shapes / "pictures", *where)
    assert (done.status, done.out) == (0, "pictures: 24 new\n"), done.err
    right = 0
    for colour in COLOURS:
        hits = lsr_os("search", f"a {colour} bar", *where, "--json").out.splitlines()
        right += colour in json.loads(hits[0])["path"]
    # By chance, one of four.
    assert right >= 3


def test_it_is_evaluated_on_pictures(lsr_os: Command, model: Path, given: Given) -> None:
    done = lsr_os("eval", "--model", model, "--data", given.shapes, "--split", "val", "--json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    check_figures(found)
    # By chance, 1 of 12.
    assert found["t2i"]["R@1"] > 100 / 12


def test_stair_is_trained_and_evaluated(lsr_os: Command, given: Given) -> None:
    backbones = ("--image-backbone", given.vit, "--text-backbone", given.bert)
    once = ("--preset", "quick", "--batch", "12", "--epochs", "1")
    done = lsr_os("train", "stair", "--data", given.shapes, *backbones, *once, "--out", "stair")
    assert done.status == 0, done.err
    assert "trained as STAIR is, on shapes" in lsr_os("models", "stair").out
    done = lsr_os("eval", "--model", "stair", "--data", given.shapes, "--split", "val", "--json")
    assert done.status == 0, done.err
    check_figures(json.loads(done.out))


def test_a_model_shows_what_it_is(lsr_os: Command, model: Path) -> None:
    shown = lsr_os("models", model).out
    assert "trained as LexLIP is, on shapes" in shown
    assert "kind: bi_encoder" in shown


def test_a_model_without_a_side_says_so(model: Path, tmp_path: Path) -> None:
    texts_alone = tmp_path / "texts"
    shutil.copytree(model, texts_alone)
    described = json.loads((texts_alone / "model.json").read_text())
    (texts_alone / "model.json").write_text(json.dumps(described | {"sides": ["query"]}))
    with pytest.raises(ModelError, match="cannot encode the image side"):
        load_encoder(texts_alone).encode_images([b"..."])


@pytest.mark.parametrize("missing", ["vocabulary.txt", "text.onnx", "tokenizer.json"])
def test_a_missing_file_is_told(model: Path, tmp_path: Path, missing: str) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(model, damaged)
    (damaged / missing).unlink()
    with pytest.raises(ModelError, match="incomplete or damaged"):
        load_encoder(damaged).encode_queries(["red"])


def test_a_search_imports_no_torch(lsr_os: Command, model: Path, given: Given) -> None:
    lsr_os("index", given.shapes / "pictures", "--url", "i.sqlite", "--model", model)
    script = (
        "import sys; from lsr_opensearch.cli import run\n"
        f"status = run(['search', 'red', '--url', 'i.sqlite', '--model', {str(model)!r}])\n"
        "sys.exit(status or [m for m in ('torch', 'transformers') if m in sys.modules] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1\t")


def test_the_same_command_again_does_not_train_over_it(
    lsr_os: Command, model: Path, given: Given
) -> None:
    command = ("train", "lexlip", "--data", given.shapes, "--image-backbone", given.beit)
    done = lsr_os(*command, "--text-backbone", given.bert, "--out", model)
    assert done.status == 1
    assert "is a finished model already" in done.err
