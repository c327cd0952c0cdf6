"""A training whose process is killed goes on by the same command, to the same head."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors import safe_open

from tests.conftest import Finished
from tests.training.conftest import EPOCHS, logged, start_training, train, training_command

Command = Callable[..., Finished]
CHECKPOINT, NEW_CHECKPOINT = "checkpoint.safetensors", "checkpoint.new"


@pytest.fixture
def killed(planted: Path, tmp_path: Path) -> Path:
    """The folder of a training that was killed after an epoch, as another was being saved."""
    out = tmp_path / "killed"
    process = start_training(planted, out)
    while not (out / CHECKPOINT).exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    saved = (out / CHECKPOINT).read_bytes()
    (out / NEW_CHECKPOINT).write_bytes(saved[: len(saved) // 2])
    return out


def test_a_killed_training_goes_on_to_the_same_head(
    killed: Path, model: Path, planted: Path
) -> None:
    with safe_open(killed / CHECKPOINT, "pt") as file:
        done = json.loads(file.metadata()["progress"])["rows"]
    assert 0 < len(done) < EPOCHS
    train(planted, killed)
    # Seconds are never the same twice: these epochs were not trained anew.
    rows = logged(killed)
    seconds = [f"{row['seconds']:.6g}" for row in done]
    assert [row["seconds"] for row in rows[: len(done)]] == seconds
    assert len(rows) == EPOCHS
    assert (killed / "head.safetensors").read_bytes() == (model / "head.safetensors").read_bytes()
    assert {path.name for path in killed.iterdir()} == {path.name for path in model.iterdir()}


def test_a_killed_training_does_not_go_on_with_other_settings(
    killed: Path, lsr_os: Command, planted: Path
) -> None:
    done = lsr_os(*training_command(planted, killed, epochs=3))
    assert done.status == 1
    assert "begun with other settings: epochs 15 and now 3" in done.err


def test_a_training_that_was_killed_in_its_first_save_begins_anew(
    lsr_os: Command, planted: Path, tmp_path: Path
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / NEW_CHECKPOINT).write_bytes(b"half of a check")
    done = lsr_os(*training_command(planted, tmp_path / "m", epochs=1))
    assert done.status == 0, done.err
    assert not (tmp_path / "m" / NEW_CHECKPOINT).exists()
