"""The towers against transformers, the originals, and their own ONNX files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BlipForImageTextRetrieval, CLIPModel

from lsr_opensearch.dense import DenseModel, load_dense_model
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network
from tests.dense.toys import (
    FIXTURES,
    SIDE,
    TEXTS,
    WIDTH,
    bert_words,
    blip_network,
    clip_folder,
    describe_pictures,
    tokens,
)

KINDS = ["blip", "clip", "albef"]


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest) -> DenseModel:
    return load_dense_model(request.getfixturevalue(request.param))


def pixels(count: int = 3) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(count, 3, SIDE, SIDE)


def of_texts(model: DenseModel, texts: list[str]) -> Tensor:
    vectors: Tensor = model.text(*tokens(model.text.tokenizer_file, texts))
    return vectors


def image_side(model: DenseModel) -> nn.Module:
    assert model.image is not None
    return model.image


def test_vectors_have_length_1_and_the_width_that_is_said(model: DenseModel) -> None:
    assert model.image is not None
    for vectors in (of_texts(model, TEXTS), model.image(pixels())):
        assert vectors.shape[1] == model.text.width == model.image.width == WIDTH
        assert torch.allclose(vectors.norm(dim=1), torch.ones(len(vectors)), atol=1e-5)


def test_different_inputs_have_different_vectors(model: DenseModel) -> None:
    for vectors in (of_texts(model, TEXTS), image_side(model)(pixels())):
        assert (torch.cdist(vectors, vectors) + 9 * torch.eye(len(vectors))).min() > 1e-2


def test_padding_changes_no_vector(model: DenseModel) -> None:
    alone = torch.cat([of_texts(model, [text]) for text in TEXTS])
    assert torch.allclose(of_texts(model, TEXTS), alone, atol=1e-5)


def test_nothing_is_left_to_train(model: DenseModel) -> None:
    for tower in (model.text, image_side(model)):
        assert not tower.training
        assert not any(parameter.requires_grad for parameter in tower.parameters())


@pytest.mark.parametrize(("kind", "most"), [("blip", 35), ("clip", 20), ("albef", 30)])
def test_texts_are_cut_as_in_the_original(
    kind: str, most: int, request: pytest.FixtureRequest
) -> None:
    model = load_dense_model(request.getfixturevalue(kind))
    ids, mask = tokens(model.text.tokenizer_file, ["dog " * 100])
    assert model.text.most_tokens == most == int(mask.sum())
    # The end token is still there.
    assert ids[0, -1] == tokens(model.text.tokenizer_file, ["dog"])[0][0, -1]


@pytest.mark.slow
def test_an_onnx_file_says_the_same_of_texts_however_many_and_long(
    model: DenseModel, tmp_path: Path
) -> None:
    export_text_network(tmp_path / "text.onnx", model.text)
    session = onnxruntime.InferenceSession(tmp_path / "text.onnx")
    for texts in (TEXTS, ["a dog"], ["dog", "beach and two dogs"]):
        ids, mask = tokens(model.text.tokenizer_file, texts)
        given = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        (found,) = session.run(None, given)
        assert np.abs(found - model.text(ids, mask).numpy()).max() < 1e-4


# ALBEF's image side is of the same class as BLIP's.
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["blip", "clip"])
def test_an_onnx_file_says_the_same_of_pictures_however_many(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model = load_dense_model(request.getfixturevalue(kind))
    assert model.image is not None
    export_image_network(tmp_path / "image.onnx", model.image, model.image.picture_input)
    session = onnxruntime.InferenceSession(tmp_path / "image.onnx")
    for count in (1, 5):
        (found,) = session.run(None, {"pixel_values": pixels(count).numpy()})
        assert np.abs(found - model.image(pixels(count)).numpy()).max() < 1e-4


def test_blip_is_what_transformers_makes_of_it(blip: Path) -> None:
    model = load_dense_model(blip)
    ids, mask = tokens(model.text.tokenizer_file, TEXTS)
    theirs = BlipForImageTextRetrieval.from_pretrained(blip)(
        ids, pixels(), use_itm_head=False, attention_mask=mask
    )
    ours = image_side(model)(pixels()) @ model.text(ids, mask).T
    assert torch.allclose(ours, theirs.itm_score, atol=1e-5)


@pytest.mark.parametrize("end_token", [None, 2])
def test_clip_is_what_transformers_makes_of_it(end_token: int | None, tmp_path: Path) -> None:
    folder = clip_folder(tmp_path, end_token)
    model = load_dense_model(folder)
    ids, mask = tokens(model.text.tokenizer_file, TEXTS)
    theirs = CLIPModel.from_pretrained(folder)(ids, pixels(), mask)
    assert torch.allclose(image_side(model)(pixels()), theirs.image_embeds, atol=1e-5)
    assert torch.allclose(model.text(ids, mask), theirs.text_embeds, atol=1e-5)


def test_albef_is_what_its_original_makes_of_it(albef: Path) -> None:
    model = load_dense_model(albef)
    expected = load_file(FIXTURES / "albef.safetensors")
    found = model.text(expected["input_ids"], expected["attention_mask"])
    assert torch.allclose(found, expected["text_vectors"], atol=1e-4)
    found = image_side(model)(expected["pixels"])
    assert torch.allclose(found, expected["image_vectors"], atol=1e-4)


def test_blip_is_what_its_original_makes_of_it(tmp_path: Path) -> None:
    expected = load_file(FIXTURES / "blip.safetensors")
    network = blip_network(words=40, layers=3, image_layers=2)
    state = {
        _in_transformers(name.removeprefix("state/")): value
        for name, value in expected.items()
        if name.startswith("state/") and not name.endswith("position_ids")
    }
    left = network.load_state_dict(state, strict=False)
    assert not left.unexpected_keys
    assert set(left.missing_keys) == {"itm_head.weight", "itm_head.bias"}
    network.save_pretrained(tmp_path)
    (bert_words(tmp_path) / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ndog\n")
    model = load_dense_model(tmp_path)
    found = model.text(expected["input_ids"], expected["attention_mask"])
    assert torch.allclose(found, expected["text_vectors"], atol=1e-4)
    found = image_side(model)(expected["pixels"])
    assert torch.allclose(found, expected["image_vectors"], atol=1e-4)


def _in_transformers(name: str) -> str:
    """The name of a tensor of salesforce/BLIP."""
    for theirs, ours in (
        ("^visual_encoder.cls_token", "vision_model.embeddings.class_embedding"),
        ("^visual_encoder.pos_embed", "vision_model.embeddings.position_embedding"),
        ("^visual_encoder.patch_embed.proj", "vision_model.embeddings.patch_embedding"),
        ("^visual_encoder.norm", "vision_model.post_layernorm"),
        ("^visual_encoder.blocks", "vision_model.encoder.layers"),
        (r"(?<=layers\.\d\.)attn.qkv", "self_attn.qkv"),
        (r"(?<=layers\.\d\.)attn.proj", "self_attn.projection"),
        (r"(?<=layers\.\d\.)norm", "layer_norm"),
    ):
        name = re.sub(theirs, ours, name)
    return name


def test_a_folder_says_how_pictures_are_seen(blip: Path, clip: Path, albef: Path) -> None:
    fits = {}
    for folder in (blip, clip, albef):
        image = load_dense_model(folder).image
        assert image is not None
        seen = image.picture_input
        fits[folder] = seen.fit
        assert (seen.width, seen.height) == (SIDE, SIDE)
        own = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
        assert ((seen.mean, seen.deviation) == own) is (folder != albef)
    assert fits == {blip: "squash", clip: "crop", albef: "squash"}


def test_older_folders_have_a_number_as_size(clip: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((clip / name).read_bytes())
    describe_pictures(tmp_path, size=SIDE, crop_size=SIDE, do_center_crop=True, resample=3)
    image = load_dense_model(tmp_path).image
    assert image is not None
    assert (image.picture_input.width, image.picture_input.fit) == (SIDE, "crop")


def test_a_vocabulary_does_where_there_is_no_tokenizer_file(blip: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((blip / name).read_bytes())
    model = load_dense_model(bert_words(tmp_path))
    given = ["Two DOGS", "zebra"]
    ids, mask = tokens(model.text.tokenizer_file, given)
    expected_ids, expected_mask = tokens(load_dense_model(blip).text.tokenizer_file, given)
    assert torch.equal(ids, expected_ids)
    assert torch.equal(mask, expected_mask)
