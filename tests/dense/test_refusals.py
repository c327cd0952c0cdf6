"""What is said of dense models that cannot be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, BlipForConditionalGeneration

from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.errors import ModelError
from tests.dense.toys import bert_words, blip_network, describe_pictures


@pytest.fixture
def mine(blip: Path, tmp_path: Path) -> Path:
    """A copy of the BLIP, to be spoilt."""
    return Path(shutil.copytree(blip, tmp_path / "blip"))


def with_tensors(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


def with_config(folder: Path, **values: Any) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    return folder


def test_a_folder_without_any_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"neither dense\.json nor config\.json"):
        load_dense_model(tmp_path)


def test_a_path_that_is_not_there_is_not_sought_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no name of a repository either"):
        load_dense_model(tmp_path / "nowhere")


def test_a_hub_that_cannot_be_reached_says_what_was_sought_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError) as told:
        load_dense_model("Salesforce/blip-itm-base-coco")
    assert "'Salesforce/blip-itm-base-coco'" in told.value.message
    assert (
        "where there is a network, and pass their folder: --dense-model DIR" in told.value.next_step
    )


def test_another_kind_of_model_is_named(tmp_path: Path) -> None:
    BertModel(BertConfig(vocab_size=9, hidden_size=8, num_attention_heads=1)).save_pretrained(
        tmp_path
    )
    with pytest.raises(ModelError, match=r"of the kind 'bert'.* Known kinds: blip, clip"):
        load_dense_model(tmp_path)


def test_a_blip_that_writes_captions_is_not_one_for_retrieval(tmp_path: Path) -> None:
    BlipForConditionalGeneration(blip_network().config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="BlipForConditionalGeneration, and not BlipForImageText"):
        load_dense_model(tmp_path)


def test_missing_tensors_are_named(mine: Path) -> None:
    with_tensors(mine, lambda tensors: tensors.pop("text_proj.weight"))
    with pytest.raises(ModelError, match=r"lacks text_proj\.weight\. It is of another network"):
        load_dense_model(mine)


def test_tensors_too_many_are_named(mine: Path) -> None:
    with_tensors(mine, lambda tensors: tensors.update({"decoder.weight": torch.zeros(2)}))
    with pytest.raises(ModelError, match=r"has decoder\.weight, which the network has not"):
        load_dense_model(mine)


def test_positions_that_older_versions_wrote_along_are_no_weights(mine: Path) -> None:
    name = "text_encoder.embeddings.position_ids"
    with_tensors(mine, lambda tensors: tensors.update({name: torch.arange(48)}))
    assert load_dense_model(mine).text.width == 8


def test_tensors_of_other_widths_are_refused(mine: Path) -> None:
    with_config(mine, image_text_hidden_size=12)
    with pytest.raises(ModelError, match=r"cannot be loaded.* network that config\.json describes"):
        load_dense_model(mine)


def test_a_damaged_file_of_weights_is_refused(mine: Path) -> None:
    (mine / "model.safetensors").write_bytes(b"\0" * 64)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_dense_model(mine)


def test_pickled_weights_are_not_read(mine: Path) -> None:
    (mine / "model.safetensors").rename(mine / "pytorch_model.bin")
    with pytest.raises(
        ModelError,
        match=r"no model\.safetensors, only pytorch_model\.bin, a pickle.* save_pretrained",
    ):
        load_dense_model(mine)


def test_a_folder_without_weights_says_so(mine: Path) -> None:
    (mine / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"has no model\.safetensors\. Take a revision"):
        load_dense_model(mine)


def test_a_folder_without_tokenizer_says_so(mine: Path) -> None:
    (mine / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer that can be used.* vocab\.txt of a BERT"):
        load_dense_model(mine)


def test_a_tokenizer_with_more_tokens_than_the_network_is_refused(mine: Path) -> None:
    (mine / "tokenizer.json").unlink()
    words = bert_words(mine) / "vocab.txt"
    words.write_text(words.read_text() + "cat\n")
    with pytest.raises(ModelError, match="has 61 tokens, and the network 60"):
        load_dense_model(mine)


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"size": {"height": 32, "width": 32}}, "32 x 32 pixels, and the network takes 24 x 24"),
        ({"resample": 0}, "asks for the resampling 0"),
        ({"image_mean": [0.5]}, r"has \[0\.5\] where three numbers are expected"),
    ],
)
def test_pictures_that_the_network_cannot_see_are_refused(
    mine: Path, described: dict[str, Any], said: str
) -> None:
    describe_pictures(mine, **described)
    with pytest.raises(ModelError, match=said):
        load_dense_model(mine)


def test_a_damaged_folder_of_an_albef_is_refused(albef: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(albef, tmp_path / "albef")
    (spoilt / "dense.json").write_text('{"kind": "albef", "width": 8}')
    with pytest.raises(ModelError, match="Convert it again: lsr-os models convert-albef"):
        load_dense_model(spoilt)
