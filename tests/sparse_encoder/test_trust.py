"""What a model must not do unasked: run code, read pickles, talk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.errors import ModelError

# The second part of the model, of its own making; importing it leaves a mark.
CODE = """
from pathlib import Path

from sentence_transformers.sparse_encoder.modules import SpladePooling

Path({mark!r}).touch()


class OwnPooling(SpladePooling):
    pass
"""


@pytest.fixture
def own_code(splade: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A model with code of its own, and the file that is there once it has run."""
    model, mark = tmp_path / "own-code", tmp_path / "has-run"
    shutil.copytree(splade, model)
    modules = json.loads((model / "modules.json").read_text("utf-8"))
    modules[1]["type"] = "own_pooling.OwnPooling"
    (model / "modules.json").write_text(json.dumps(modules), "utf-8")
    (model / "own_pooling.py").write_text(CODE.format(mark=str(mark)), "utf-8")
    return model, mark


@pytest.mark.parametrize("trusted", ["", "1", "another"])
def test_code_of_a_model_is_not_run_unasked(
    own_code: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, trusted: str
) -> None:
    model, mark = own_code
    monkeypatch.setenv("LSR_OS_TRUST_CODE_OF", trusted)
    with pytest.raises(ModelError, match="brings Python code of its own") as told:
        load_encoder(model).encode_queries(["dog"])
    assert f"LSR_OS_TRUST_CODE_OF='{model}'" in told.value.next_step
    assert not mark.exists()


def test_code_of_a_model_runs_where_somebody_trusts_it(
    own_code: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, mark = own_code
    monkeypatch.setenv("LSR_OS_TRUST_CODE_OF", f"another,{model}")
    assert load_encoder(model).encode_queries(["dog"])[0]
    assert mark.exists()


def test_a_damaged_model_is_told(splade: Path, tmp_path: Path) -> None:
    model = tmp_path / "damaged"
    shutil.copytree(splade, model)
    (model / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(model).encode_queries(["dog"])


def test_loading_shows_no_progress(splade: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_encoder(splade).encode_queries(["dog"])
    assert capfd.readouterr() == ("", "")
