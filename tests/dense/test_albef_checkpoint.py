"""From a checkpoint of ALBEF's authors to a folder of ours."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.dense.albef_checkpoint import convert_albef, from_published
from lsr_opensearch.errors import ModelError, UsageError
from tests.conftest import Finished
from tests.dense.toys import FIXTURES, albef_words, published_albef

Command = Callable[..., Finished]


def convert(place: Path, **more: Any) -> Path:
    words = albef_words(place / "bert")
    convert_albef(published_albef(place / "a.pth", **more), words, place / "out")
    return place / "out"


def test_only_what_makes_vectors_is_kept(tmp_path: Path) -> None:
    kept = load_file(convert(tmp_path) / "model.safetensors")
    assert {name.split(".")[0] for name in kept} == {"text", "image"}
    layers = {name.split(".")[4] for name in kept if name.startswith("text.encoder.encoder.layer")}
    assert layers == {"0", "1"}
    assert not any("crossattention" in name for name in kept)


def test_a_checkpoint_of_pretraining_has_its_bert_one_level_deeper() -> None:
    state = {
        name.removeprefix("state/"): value
        for name, value in load_file(FIXTURES / "albef.safetensors").items()
        if name.startswith("state/")
    }
    deeper = {
        name.replace("text_encoder.", "text_encoder.bert."): value for name, value in state.items()
    }
    deeper["text_encoder.cls.predictions.bias"] = torch.zeros(40)
    sizes, tensors = from_published(Path("x.pth"), state)
    deeper_sizes, deeper_tensors = from_published(Path("x.pth"), deeper)
    assert sizes == deeper_sizes
    assert (sizes.text_layers, sizes.image_layers, sizes.image_side) == (2, 2, 24)
    assert tensors.keys() == deeper_tensors.keys()


def test_a_checkpoint_that_holds_code_is_not_read(tmp_path: Path) -> None:
    state = {"model": {}, "arguments": argparse.Namespace(epochs=3)}
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(ModelError, match="cannot be read without running code of its own"):
        convert_albef(tmp_path / "a.pth", albef_words(tmp_path / "bert"), tmp_path / "out")


def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.pth cannot be read"):
        convert_albef(tmp_path / "none.pth", albef_words(tmp_path / "bert"), tmp_path / "out")


def test_the_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    torch.save({"model": {"resnet.weight": torch.zeros(2)}}, tmp_path / "a.pth")
    with pytest.raises(ModelError, match=r"that an ALBEF has not, the first resnet\.weight"):
        convert_albef(tmp_path / "a.pth", albef_words(tmp_path / "bert"), tmp_path / "out")


def test_a_checkpoint_without_projections_is_refused(tmp_path: Path) -> None:
    state = {"model": {"temp": torch.zeros(())}}
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(ModelError, match="it lacks a part"):
        convert_albef(tmp_path / "a.pth", albef_words(tmp_path / "bert"), tmp_path / "out")


def test_a_tensor_of_another_width_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not as wide as the others"):
        convert(tmp_path, **{"text_proj.bias": torch.zeros(5)})
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    convert(tmp_path)
    with pytest.raises(UsageError, match="is not empty"):
        convert(tmp_path)


def test_heads_that_cannot_share_a_width_are_told(tmp_path: Path) -> None:
    name = "visual_encoder.patch_embed.proj.weight"
    with pytest.raises(ModelError, match="12 heads cannot share 24 or 20 numbers"):
        convert(tmp_path, **{name: torch.zeros(20, 3, 8, 8)})


def test_the_command_says_what_it_made(lsr_os: Command, tmp_path: Path) -> None:
    published_albef(tmp_path / "a.pth")
    albef_words(tmp_path / "bert")
    done = lsr_os("models", "convert-albef", "a.pth", "--tokenizer", "bert", "--out", "albef")
    assert (done.status, done.out) == (
        0,
        "albef: vectors of 8 numbers, pictures of 24 x 24 pixels\n",
    ), done.err
    assert load_dense_model(tmp_path / "albef").text.width == 8
