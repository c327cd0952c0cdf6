"""The head of a model directory, read without torch: what of it, and of vectors, is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lsr_opensearch.encoders.d2s.head import Head
from lsr_opensearch.errors import EncodingError, ModelError

WIDTH, HIDDEN = 4, 3
WORDS = ["[PAD]", "dog", "cat"]
Held = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What of a model directory the head is."""
    random = np.random.default_rng(0)
    shapes = {
        "proj.weight": (HIDDEN, WIDTH),
        "proj.bias": (HIDDEN,),
        "vocab_layer_norm.weight": (HIDDEN,),
        "vocab_layer_norm.bias": (HIDDEN,),
        "vocab_projector.weight": (len(WORDS), HIDDEN),
        "vocab_projector.bias": (len(WORDS),),
    }
    held = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    held["vocab_projector.bias"] += 9
    save_file(held, tmp_path / "head.safetensors")
    (tmp_path / "vocabulary.txt").write_text("".join(f"{word}\n" for word in WORDS))
    (tmp_path / "special.txt").write_text("[PAD]\n")
    return tmp_path


def changed(folder: Path, change: Callable[[Held], object]) -> Path:
    file = folder / "head.safetensors"
    held = load_file(file)
    change(held)
    save_file(held, file)
    return folder


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_named_by_its_row(folder: Path, odd: float) -> None:
    head = Head.load(folder)
    # In the second batch.
    vectors = np.ones((302, WIDTH), np.float32)
    assert [set(terms) for terms in head.encode(vectors, WORDS, 9)] == [{"dog", "cat"}] * 302
    vectors[300, 1] = odd
    with pytest.raises(EncodingError, match=r"row 300 holds NaN or infinity\. Encode"):
        head.encode(vectors, WORDS, 9)
    vectors[301] = odd
    with pytest.raises(EncodingError, match="row 300 holds NaN or infinity; so do 1 others"):
        head.encode(vectors, WORDS, 9)


def test_tensors_that_are_missing_are_named(folder: Path) -> None:
    def spoil(held: Held) -> None:
        del held["proj.bias"], held["vocab_projector.weight"]

    expected = r"head\.safetensors lacks proj\.bias, vocab_projector\.weight\. Restore"
    with pytest.raises(ModelError, match=expected):
        Head.load(changed(folder, spoil))


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("proj.weight", (7,), r"proj\.weight is 7, no matrix"),
        ("proj.weight", (), r"proj\.weight is one number, no matrix"),
        ("proj.bias", (7,), r"proj\.bias is 7, where .* ask for 3"),
        ("vocab_layer_norm.weight", (1,), r"vocab_layer_norm\.weight is 1, where .* ask for 3"),
        ("vocab_projector.weight", (3, 5), r"weight is 3 x 5, where .* ask for 3 x 3"),
        ("vocab_projector.bias", (4,), r"bias is 4, where .* the vocabulary ask for 3"),
    ],
)
def test_tensors_that_are_not_of_one_model_are_named(
    folder: Path, name: str, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ModelError, match=rf"head\.safetensors: .*{message}"):
        Head.load(changed(folder, lambda held: held.update({name: np.ones(shape, np.float32)})))


def test_a_head_that_is_not_finite_is_told(folder: Path) -> None:
    def spoil(held: Held) -> None:
        held["vocab_projector.bias"][1] = np.nan

    with pytest.raises(ModelError, match=r"vocab_projector\.bias holds NaN or infinity"):
        Head.load(changed(folder, spoil))


def test_a_special_token_that_is_no_word_is_told(folder: Path) -> None:
    (folder / "special.txt").write_text("[CLS]\n")
    with pytest.raises(ModelError, match=r"damaged \(.*CLS"):
        Head.load(folder)


@pytest.mark.parametrize("name", ["head.safetensors", "vocabulary.txt", "special.txt"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}.*Restore"):
        Head.load(folder)


def test_half_precision_is_read_as_single(folder: Path) -> None:
    def halve(held: Held) -> None:
        held.update({name: tensor.astype(np.float16) for name, tensor in held.items()})

    tensors = Head.load(changed(folder, halve)).tensors
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}
