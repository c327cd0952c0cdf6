"""Settings: those of the paper by default, a preset's, a file's, and last what options say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lsr_opensearch.errors import UsageError
from lsr_opensearch.training.d2s.settings import PRESETS, read_config
from tests.conftest import Finished

Command = Callable[..., Finished]


def test_options_go_before_the_config_file_and_that_before_the_preset(
    lsr_os: Command, planted: Path, tmp_path: Path
) -> None:
    config = 'control = "word"\nbatch = 500\nseed = 5\nepochs = 9\nimage_weight = 0.25\n'
    (tmp_path / "d2s.toml").write_text(config)
    done = lsr_os(
        *("train", "d2s", "--data", planted, "--out", "m", "--preset", "quick"),
        *("--config", "d2s.toml", "--control", "none", "--seed", "3", "--epochs", "1"),
        *("--text-weight", "0", "--precision", "bf16", "--control-images"),
    )
    assert done.status == 0, done.err
    described = json.loads((tmp_path / "m" / "model.json").read_text())
    by_options = {
        "control": "none",
        "seed": 3,
        "epochs": 1,
        "text_weight": 0.0,
        "precision": "bf16",
        "control_images": True,
    }
    by_config = {"batch": 500, "image_weight": 0.25}
    expected = asdict(PRESETS["quick"]) | by_config | by_options
    assert described["training"]["settings"] == expected


def test_a_config_file_may_ask_for_what_no_option_denies(
    lsr_os: Command, planted: Path, tmp_path: Path
) -> None:
    (tmp_path / "d2s.toml").write_text("control_images = true\nepochs = 1\n")
    done = lsr_os("train", "d2s", "--data", planted, "--out", "m", "--config", "d2s.toml")
    assert done.status == 0, done.err
    described = json.loads((tmp_path / "m" / "model.json").read_text())
    settings = replace(PRESETS["paper"], control_images=True, epochs=1)
    assert described["training"]["settings"] == asdict(settings)


def test_a_config_file_changes_settings(tmp_path: Path) -> None:
    file = tmp_path / "d2s.toml"
    file.write_text('control = "word"\nepochs = 7\ntext_weight = 1\n')
    read = read_config(file, PRESETS["paper"])
    assert (read.control, read.epochs, read.text_weight, read.batch) == ("word", 7, 1, 512)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("epoch = 7", "no setting 'epoch'"),
        ("epochs = 'many'", "epochs is 'many'"),
        ("epochs = true", "epochs is True"),
        ("epochs = 0", "epochs is 0"),
        ("control = 'all'", "control is 'all'"),
        ("temperature = 0.0", "temperature is 0.0"),
        ("warm_up = 2.0", "warm_up is 2.0"),
        ("text_weight = -1e-3", "text_weight is -0.001"),
        ("image_weight = nan", "image_weight is nan"),
        ("projection_rate = -1.0", "projection_rate is -1.0"),
        ("vocabulary_rate = inf", "vocabulary_rate is inf"),
        ("temperature = inf", "temperature is inf"),
        ("patience = -1", "patience is -1"),
        ("epochs =", "cannot be read"),
    ],
)
def test_a_bad_config_is_told(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "d2s.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=says):
        read_config(file, PRESETS["paper"])


def test_the_papers_settings_are_the_default() -> None:
    paper = PRESETS["paper"]
    assert (paper.batch, paper.epochs, paper.temperature) == (512, 200, 1e-3)
    assert (paper.projection_rate, paper.vocabulary_rate) == (1e-3, 5e-5)
    assert (paper.text_weight, paper.image_weight, paper.warm_up) == (1e-3, 1e-3, 0.2)
    assert (paper.expansion_share, paper.regulariser) == (0.95, "l1")
