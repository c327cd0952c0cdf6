"""Evaluations of dense vectors and of pictures beside them, and the picture of several."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.files import IMAGES_FILE, TEXTS_FILE
from lsr_opensearch.datasets.parquet import write_vectors
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.evaluation.evaluate import dense_runs, evaluate_dense, judgements
from lsr_opensearch.evaluation.plot import plot_figures
from lsr_opensearch.evaluation.ranking import effectiveness
from lsr_opensearch.evaluation.report import Figures
from lsr_opensearch.evaluation.runs import read_run
from tests.conftest import PHOTOS, Finished
from tests.evaluation.photos import write_split_file

Command = Callable[..., Finished]


@pytest.fixture
def split(planted: Path) -> DenseDataset:
    return read_dataset(planted).split("test")


def test_dense_vectors_are_evaluated_as_a_model(
    lsr_os: Command, planted: Path, split: DenseDataset, tmp_path: Path
) -> None:
    done = lsr_os("eval", "--model", "dense", "--data", planted, "--runs", "r", "--json")
    found = json.loads(done.out)
    runs = dense_runs(split)
    for name, relevant in judgements(split).items():
        assert found[name] == effectiveness(runs[name].run, relevant).as_json()
        assert read_run(tmp_path / "r" / f"{name}.run") == runs[name].run
    assert found["flops"] == found["terms_text"] == split.width
    assert found["index_bytes"] == 4 * split.width * len(split.image_ids)
    assert found["query_ms"] > 0
    assert found["dense"] is found["exact@20"] is found["kendall"] is found["table"] is None


def test_vectors_of_chance_find_by_chance(split: DenseDataset) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=split.image_vectors.shape).astype(np.float32)
    shuffled = DenseDataset(**(vars(split) | {"image_vectors": vectors}))
    found = evaluate_dense(shuffled).effectiveness["t2i"].recall[10]
    assert found == pytest.approx(100 * 10 / len(vectors), abs=5)


def test_pictures_are_looked_at_beside_the_vectors_of_the_same_images(
    lsr_os: Command, tmp_path: Path
) -> None:
    """Vectors that tell every image from the others: the dense model is always right."""
    data = tmp_path / "data"
    write_split_file(data)
    images = json.loads((data / "dataset_meta.json").read_text())["images"]
    ids = [str(image["imgid"]) for image in images]
    owners = [row for row, image in enumerate(images) for _ in image["sentences"]]
    captions = [str(one["sentid"]) for image in images for one in image["sentences"]]
    unit = np.eye(len(ids), dtype=np.float32)
    write_vectors(data / IMAGES_FILE, ids, unit)
    write_vectors(data / TEXTS_FILE, captions, unit[owners])
    refused = lsr_os("eval", "--model", "basic", "--data", data)
    assert refused.status == 1
    assert "does not encode dense vectors" in refused.err
    assert "--images DIR" in refused.err
    done = lsr_os("eval", "--model", "basic", "--data", data, "--images", PHOTOS, "--json")
    found = json.loads(done.out)
    assert found["dense"]["t2i"]["R@1"] == 100
    assert 0 < found["t2i"]["R@1"] < 100
    assert -1 <= found["kendall"] <= 1
    assert found["pearson"] is None
    dense = lsr_os("eval", "--model", "dense", "--data", data, "--json")
    assert json.loads(dense.out)["fingerprint"] == found["fingerprint"]


def test_a_plot_shows_every_evaluation(tmp_path: Path) -> None:
    def drawn(*flops: float) -> Image.Image:
        recall = {"R@1": 60.0}
        figures = [
            Figures(f"m{number}", {"flops": one, "t2i": recall, "i2t": recall})
            for number, one in enumerate(flops)
        ]
        plot_figures(tmp_path / "a.png", figures)
        return Image.open(tmp_path / "a.png").convert("RGB")

    assert drawn(1, 100).size[0] > 800
    first, second = (31, 119, 180), (255, 127, 14)
    for flops, seen in (((1,), (True, False)), ((1, 100), (True, True))):
        colours = {colour for _, colour in drawn(*flops).getcolors(1 << 24) or ()}
        assert (first in colours, second in colours) == seen


def test_a_plot_of_no_known_kind_is_refused(lsr_os: Command, planted: Path) -> None:
    lsr_os("eval", "--model", "dense", "--data", planted, "--runs", "r")
    done = lsr_os("report", "r", "--plot", "a.xyz")
    assert done.status == 2
    assert "ends with .png" in done.err
