"""From a planted data set to a search, by the commands of the manual."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.planted.lexicon import concepts
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.errors import ModelError
from tests.conftest import Finished
from tests.differences import largest_difference
from tests.evaluation.contract import check_effectiveness, check_figures
from tests.training.conftest import EPOCHS, logged

Command = Callable[..., Finished]


@pytest.fixture
def encoder(model: Path) -> D2SEncoder:
    loaded = load_encoder(model)
    assert isinstance(loaded, D2SEncoder)
    return loaded


def test_a_data_set_is_written(lsr_os: Command, tmp_path: Path) -> None:
    done = lsr_os("data", "planted", "--out", "p", "--train", "20", "--val", "5", "--test", "5")
    assert (done.status, done.out) == (0, "p: 30 images with 150 captions\n")
    assert {path.name for path in (tmp_path / "p").iterdir()} >= {
        "img_embs.parquet",
        "text_embs.parquet",
        "dataset_meta.json",
    }


def test_a_model_directory_holds_what_is_promised(model: Path) -> None:
    assert {path.name for path in model.iterdir()} == {
        "model.json",
        "README.md",
        "head.safetensors",
        "vocabulary.txt",
        "special.txt",
        "tokenizer.json",
        "text.onnx",
        "query_terms.npz",
        "training.csv",
        "training.png",
    }
    described = json.loads((model / "model.json").read_text())
    assert described["training"]["settings"]["control"] == "both"
    assert described["training"]["seconds"] > 0
    assert described["training"]["peak_bytes"] > 2**20
    assert "GiB of memory at most" in (model / "README.md").read_text()


def test_the_log_has_a_row_of_finite_numbers_for_each_epoch(model: Path) -> None:
    rows = [{name: float(value) for name, value in row.items()} for row in logged(model)]
    losses = ["distillation", "regularisation", "trained_image_terms", "trained_text_terms"]
    measured = ["recall_at_1", "recall_at_5", "recall_at_10", "mrr_at_10"]
    sparsity = ["flops", "image_terms", "text_terms"]
    schedules = ["expansion_probability", "learning_rate"]
    for row in rows:
        assert list(row) == ["epoch", *schedules, *losses, *measured, *sparsity, "seconds"]
        assert all(0 <= value < math.inf for value in row.values())
        assert 0 < row["recall_at_1"] <= row["recall_at_5"] <= row["recall_at_10"] <= 100
    assert [row["epoch"] for row in rows] == list(range(1, EPOCHS + 1))
    for name in ("expansion_probability", "seconds"):
        assert [row[name] for row in rows] == sorted({row[name] for row in rows})
    training = json.loads((model / "model.json").read_text())["training"]
    metrics = json.loads((model / "model.json").read_text())["metrics"]
    best = rows[training["best_epoch"] - 1]
    assert metrics["val R@1"] == pytest.approx(best["recall_at_1"], abs=0.01)


def test_the_log_is_drawn_in_three_parts_with_a_curve_in_each(model: Path) -> None:
    with Image.open(model / "training.png") as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    height, width, _ = pixels.shape
    assert 300 <= height < width <= 4000
    # Frames, grid, letters and the shade of p are grey.
    has_colour = np.ptp(pixels, axis=2) > 50
    for part in np.array_split(has_colour, 3, axis=1):
        assert part.any(axis=0).mean() > 0.3


def test_evaluation_prints_the_contract(lsr_os: Command, model: Path, planted: Path) -> None:
    done = lsr_os("eval", "--model", model, "--data", planted, "--split", "test", "--json")
    assert done.status == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    check_figures(found)
    for name in ("t2i", "i2t"):
        check_effectiveness(found["dense"][name])
    assert found["t2i"]["R@10"] > 50
    table = found["table"]
    assert table.pop("encode_ms") > 0
    assert table.pop("network_encode_ms") > 0
    check_effectiveness(table)
    assert table["R@10"] > 25
    assert 0 < found["flops"] < found["terms_text"]
    assert found["exact@20"] > 5
    assert 0 < found["semantic@20"] < 1
    assert 0 < found["kendall"] <= 1
    assert 0 < found["pearson"] < 1
    assert found["word_vectors"] == str(planted / "word_vectors.parquet")


def test_evaluation_shows_a_table_and_writes_runs(
    lsr_os: Command, model: Path, planted: Path, tmp_path: Path
) -> None:
    done = lsr_os("eval", "--model", model, "--data", planted, "--split", "val", "--runs", "runs")
    assert "text to image, dense" in done.out
    assert "FLOPs" in done.out
    import ir_measures
    from ir_measures import RR, Success

    run = list(ir_measures.read_trec_run(str(tmp_path / "runs" / "t2i.run")))
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "runs" / "t2i.qrels")))
    theirs = ir_measures.calc_aggregate([Success @ 1, RR @ 10], qrels, run)
    json_form = lsr_os("eval", "--model", model, "--data", planted, "--split", "val", "--json")
    ours = json.loads(json_form.out)["t2i"]
    assert ours["R@1"] == pytest.approx(100 * theirs[Success @ 1], abs=0.01)
    assert ours["MRR@10"] == pytest.approx(100 * theirs[RR @ 10], abs=0.01)


def test_the_network_says_what_the_head_says_of_the_vectors(
    encoder: D2SEncoder, planted: Path
) -> None:
    dataset: DenseDataset = read_dataset(planted).split("val")
    by_vectors = encoder.encode_vectors(dataset.caption_vectors)
    assert largest_difference(encoder.encode_captions(dataset.captions), by_vectors) < 1e-4
    one_by_one = [encoder.encode_queries([one])[0] for one in dataset.captions[:20]]
    assert largest_difference(one_by_one, by_vectors[:20]) < 1e-4


def test_texts_without_a_word_say_nothing(encoder: D2SEncoder) -> None:
    for queries in ("network", "table"):
        other = encoder.with_queries(queries)
        assert other.encode_queries(["", "  ", "?", "zzzqqq"]) == [{}] * 4


def test_many_words_stand_for_themselves_in_the_table(encoder: D2SEncoder) -> None:
    words = [word for concept in concepts() for word in concept.words]
    rows = encoder.with_queries("table").encode_queries(words)
    own = sum(word in terms for word, terms in zip(words, rows, strict=True)) / len(words)
    # By chance, 32 of 1,000 words.
    assert own > 0.2


def test_the_table_takes_words_in_any_form(encoder: D2SEncoder) -> None:
    table = encoder.with_queries("table")
    assert table.encode_queries(["Dogs"]) == table.encode_queries(["dog"]) != [{}]


def test_an_excluded_word_leaves_out_itself_not_its_neighbours(encoder: D2SEncoder) -> None:
    assert encoder.literal_terms(["cats", "big dog", "zzzqqq", ""]) == [
        [("cat",)],
        [("big", "dog")],
        [],
        [],
    ]


def test_vectors_of_another_width_are_refused(encoder: D2SEncoder) -> None:
    with pytest.raises(ModelError, match="takes vectors of 256 numbers, and these have 5"):
        encoder.encode_vectors(np.zeros((1, 5), np.float32))


def test_pictures_need_an_image_tower(encoder: D2SEncoder) -> None:
    with pytest.raises(ModelError, match="cannot encode the image side"):
        encoder.encode_images([b"..."])


def test_a_data_set_is_indexed_and_searched(lsr_os: Command, model: Path, planted: Path) -> None:
    where = ("--url", "i.sqlite", "--model", model)
    done = lsr_os("index", planted, *where)
    assert (done.status, done.out) == (0, "planted: 1,160 new\n"), done.err
    dataset = read_dataset(planted)
    hits = lsr_os("search", dataset.captions[0], *where, "--json").out.splitlines()
    assert json.loads(hits[0])["id"] == dataset.image_ids[0]
    again = lsr_os("index", planted, *where)
    assert again.out == "planted: 1,160 changed\n"
    assert lsr_os("index", planted, "--dry-run", *where).status == 2


def test_a_model_that_looks_at_pictures_takes_no_vectors(lsr_os: Command, planted: Path) -> None:
    done = lsr_os("index", planted, "--url", "i.sqlite")
    assert done.status == 1
    assert "has dense vectors" in done.err


def test_a_search_imports_no_torch(lsr_os: Command, model: Path, planted: Path) -> None:
    lsr_os("index", planted, "--url", "i.sqlite", "--model", model)
    for queries, unwanted in (("network", "torch"), ("table", "torch onnxruntime tokenizers")):
        script = (
            "import os, sys; from lsr_opensearch.cli import run\n"
            f"status = run(['search', 'dog', '--url', 'i.sqlite', '--model', {str(model)!r}])\n"
            f"sys.exit(status or [m for m in {unwanted.split()!r} if m in sys.modules] or 0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"LSR_OS_QUERIES": queries, "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("1\t")


@pytest.mark.parametrize("weight", ["-1", "nan"])
@pytest.mark.parametrize("command", ["d2s", "lexlip"])
def test_a_weight_that_makes_no_sense_is_wrong_use(
    lsr_os: Command, command: str, weight: str
) -> None:
    backbones = ("--image-backbone", "vit", "--text-backbone", "bert") * (command == "lexlip")
    done = lsr_os(
        *("train", command, "--data", "d", "--out", "m", *backbones),
        *("--text-weight", weight),
    )
    assert done.status == 2
    assert f"text_weight is {float(weight)}." in done.err
