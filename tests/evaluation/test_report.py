"""`lsr-os report`: figures side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.evaluation.report import COLUMNS
from tests.conftest import Finished

Command = Callable[..., Finished]


def figures(model: str, flops: float, **others: Any) -> dict[str, Any]:
    """What `lsr-os eval --json` prints, as far as it matters here."""
    found = {"R@1": 60.0, "R@5": 80.0, "R@10": 90.04, "MRR@10": 70.0}
    return {
        "model": model,
        "split": "test",
        "captions": 5000,
        "images": 1000,
        "fingerprint": "f1",
        "t2i": found,
        "i2t": found,
        "flops": flops,
        "exact@20": 15.0,
        "semantic@20": None,
        "terms_image": 1062.5,
        "terms_text": 70.9,
        "kendall": 0.51,
        "pearson": 0.7,
        "dense": {
            "t2i": found | {"R@1": 67.5},
            "i2t": found,
            "flops": 256.0,
            "terms_image": 256,
            "terms_text": 256,
        },
    } | others


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def written(name: str, values: dict[str, Any]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(values))
        return path

    return written


def test_a_markdown_table_has_a_row_a_model_and_one_for_the_dense_vectors(
    lsr_os: Command, save: Callable[..., Path]
) -> None:
    save("one/eval.json", figures("models/one", 3.1))
    save("two.json", figures("two|b", 1234.5))
    lines = lsr_os("report", "one", "two.json", "--markdown").out.splitlines()
    assert lines[0] == f"| {' | '.join(COLUMNS)} |"
    numbers = "80.0 | 90.0 | 70.0 | 60.0 | 90.0"
    assert lines[2:] == [
        f"| one | 60.0 | {numbers} | 3.10 | 1,062 | 71 | 15.0 | - | 0.510 | 0.700 |",
        f"| two\\|b | 60.0 | {numbers} | 1,234.50 | 1,062 | 71 | 15.0 | - | 0.510 | 0.700 |",
        f"| dense | 67.5 | {numbers} | 256.00 | 256 | 256 | - | - | - | - |",
    ]


def test_an_evaluation_of_the_dense_vectors_is_not_shown_twice(
    lsr_os: Command, save: Callable[..., Path]
) -> None:
    save("a.json", figures("a", 3.1))
    save("d.json", figures("dense", 256.0, dense=None))
    lines = lsr_os("report", "a.json", "d.json", "--json").out.splitlines()
    assert [json.loads(line)["model"] for line in lines] == ["a", "dense"]


def test_people_get_a_line_a_figure(lsr_os: Command, save: Callable[..., Path]) -> None:
    save("a.json", figures("a", 3.1))
    lines = lsr_os("report", "a.json").out.splitlines()
    assert lines[0] == "model\ta\tdense"
    assert lines[1] == "t2i R@1\t60.0\t67.5"
    assert len(lines) == len(COLUMNS)


def test_a_model_that_was_evaluated_twice_is_told_apart_by_the_place(
    lsr_os: Command, save: Callable[..., Path]
) -> None:
    save("a.json", figures("m", 3.1))
    save("b.json", figures("m", 4.1))
    lines = lsr_os("report", "a.json", "b.json", "--json").out.splitlines()
    assert [json.loads(line)["model"] for line in lines] == ["m (a.json)", "m (b.json)", "dense"]


def test_figures_of_different_data_are_refused(lsr_os: Command, save: Callable[..., Path]) -> None:
    save("a.json", figures("a", 3.1))
    save("b.json", figures("b", 3.1, images=5000, fingerprint="f2"))
    done = lsr_os("report", "a.json", "b.json")
    assert done.status == 2
    assert "test with 5,000 images, 5,000 captions" in done.err


def test_figures_of_other_captions_of_as_many_images_are_refused(
    lsr_os: Command, save: Callable[..., Path]
) -> None:
    save("a.json", figures("a", 3.1))
    save("b.json", figures("b", 3.1, fingerprint="f2"))
    done = lsr_os("report", "a.json", "b.json")
    assert (done.status, done.out) == (2, "")
    assert "b.json is of other images or captions" in done.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"t2i": {"R@1": "x"}}'])
def test_what_is_no_evaluation_is_refused(text: str, lsr_os: Command, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    done = lsr_os("report", "a.json")
    assert done.status == 1
    assert "a.json is no evaluation" in done.err
