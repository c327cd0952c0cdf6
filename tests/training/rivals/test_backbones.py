"""Backbones come from folders as the hub has them, and what is wrong with one is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import BeitForMaskedImageModeling, BertForMaskedLM, ViTModel

from lsr_opensearch.errors import ModelError
from lsr_opensearch.training.rivals.backbones import load_image_backbone, load_text_backbone
from lsr_opensearch.training.rivals.run import build_rival
from lsr_opensearch.training.rivals.settings import PRESETS
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.training.rivals.conftest import Given
from tests.training.rivals.toys import SIDE, WORDS, bert_config, write_bert, write_tokenizer

PIXELS = torch.linspace(-1, 1, 2 * 3 * SIDE * SIDE).view(2, 3, SIDE, SIDE)


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


@torch.no_grad()
def test_a_bert_keeps_its_weights_and_its_head(given: Given) -> None:
    loaded = load_text_backbone(given.bert)
    original = BertForMaskedLM.from_pretrained(given.bert).eval()
    ids = torch.tensor([[2, 5, 9, 3]])
    hidden = loaded.network.eval()(input_ids=ids).last_hidden_state
    assert torch.allclose(loaded.mlm_head(hidden), original(input_ids=ids).logits, atol=1e-5)
    assert (loaded.width, loaded.words, loaded.most_tokens) == (32, len(WORDS), 512)


@torch.no_grad()
def test_a_vit_keeps_its_weights(given: Given) -> None:
    found = load_image_backbone(given.vit).network.eval()(pixel_values=PIXELS)
    original = ViTModel.from_pretrained(given.vit).eval()(pixel_values=PIXELS)
    assert torch.allclose(found.last_hidden_state, original.last_hidden_state, atol=1e-5)


@torch.no_grad()
def test_a_beit_that_was_trained_to_fill_masks_keeps_its_weights(given: Given) -> None:
    network = load_image_backbone(given.beit).network.eval()
    original = BeitForMaskedImageModeling.from_pretrained(given.beit).eval()
    # Its last norm starts from nothing learned; the original's, too, has weights of 1.
    hidden = original.beit(pixel_values=PIXELS).last_hidden_state
    normed = torch.nn.functional.layer_norm(hidden, hidden.shape[-1:], eps=1e-12)
    found = network(pixel_values=PIXELS).last_hidden_state
    assert torch.allclose(found, normed, atol=1e-4)


def test_a_picture_is_prepared_as_the_folder_says(given: Given) -> None:
    picture = load_image_backbone(given.vit).picture_input
    pixels = picture.pixels(Image.new("RGB", (50, 40), "white"))
    assert pixels.shape == (3, SIDE, SIDE)
    expected = (1 - np.array([0.5, 0.4, 0.3])) / np.array([0.2, 0.3, 0.4])
    assert np.allclose(pixels.mean((1, 2)), expected, atol=1e-5)
    assert load_image_backbone(given.beit).picture_input.mean == (0.5, 0.5, 0.5)


def test_a_random_start_needs_no_weights(given: Given, tmp_path: Path) -> None:
    bert, vit = copied(given.bert, tmp_path / "bert"), copied(given.vit, tmp_path / "vit")
    for folder in (bert, vit):
        (folder / "model.safetensors").unlink()
    torch.manual_seed(5)
    random = load_text_backbone(bert, random_start=True).network.state_dict()
    assert load_image_backbone(vit, random_start=True).width == 32
    trained = load_text_backbone(given.bert).network.state_dict()
    name = "embeddings.word_embeddings.weight"
    assert random[name].shape == trained[name].shape
    assert not torch.equal(random[name], trained[name])


def test_another_architecture_is_refused(given: Given) -> None:
    with pytest.raises(ModelError, match="architecture 'bert', which cannot be trained on pict"):
        load_image_backbone(given.bert)
    with pytest.raises(ModelError, match="architecture 'vit', which cannot be trained on texts"):
        load_text_backbone(given.vit)


def test_a_bert_without_its_language_head_is_refused_and_what_it_lacks_is_named(
    given: Given, tmp_path: Path
) -> None:
    from transformers import BertModel

    BertModel(bert_config()).save_pretrained(tmp_path)
    write_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match=r"lacks .* the first 'cls\.predictions"):
        load_text_backbone(tmp_path)


def test_a_pickle_is_refused(given: Given, tmp_path: Path) -> None:
    folder = copied(given.vit, tmp_path / "vit")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"only pytorch_model\.bin, a pickle"):
        load_image_backbone(folder)


def test_a_damaged_file_is_told(given: Given, tmp_path: Path) -> None:
    folder = copied(given.vit, tmp_path / "vit")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_image_backbone(folder)


def test_weights_of_other_sizes_are_told(given: Given, tmp_path: Path) -> None:
    folder = copied(given.vit, tmp_path / "vit")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 48}))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_image_backbone(folder)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("config.json", r"config\.json cannot be read"),
        ("model.safetensors", r"has no model\.safetensors"),
        ("tokenizer.json", r"has no tokenizer\.json"),
    ],
)
def test_a_missing_file_is_named(given: Given, tmp_path: Path, missing: str, says: str) -> None:
    folder = copied(given.bert, tmp_path / "bert")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=says):
        load_text_backbone(folder)


def test_a_name_that_the_hub_does_not_give_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    # Nothing is asked of the network by a test.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="the Hugging Face hub did not give") as told:
        load_image_backbone("nobody/no-such-model")
    assert "nobody/no-such-model" in told.value.message
    assert "--image-backbone DIR" in told.value.next_step


def test_backbones_must_be_of_one_width(given: Given, tmp_path: Path) -> None:
    write_bert(tmp_path / "wide", 64)
    text = load_text_backbone(tmp_path / "wide")
    vocabulary = Vocabulary(text.tokenizer_file)
    settings = PRESETS["lexlip"]["quick"]
    with pytest.raises(ModelError, match="of 32 numbers, and the text backbone of 64"):
        build_rival(load_image_backbone(given.vit), text, vocabulary, settings)


def test_a_tokenizer_of_another_vocabulary_is_refused(given: Given, tmp_path: Path) -> None:
    folder = copied(given.bert, tmp_path / "bert")
    write_tokenizer(folder / "tokenizer.json", (*WORDS, "one", "more"))
    text = load_text_backbone(folder)
    image = load_image_backbone(given.vit)
    with pytest.raises(ModelError, match=r"has 21 words, and .* 23"):
        build_rival(image, text, Vocabulary(text.tokenizer_file), PRESETS["stair"]["quick"])
