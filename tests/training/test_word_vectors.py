"""The word vectors of a language model, from a small random one in the layout of the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from lsr_opensearch.errors import ModelError
from lsr_opensearch.evaluation.deviation import semantic_at
from lsr_opensearch.evaluation.word_vectors import read_word_vectors

TOKENS = ("[PAD]", "[UNK]", "dog", "cat", "skate", "##board", "##d")
TENSOR = "embeddings.word_embeddings.weight"


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    config = BertConfig(
        vocab_size=len(TOKENS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    BertModel(config).save_pretrained(folder)
    vocabulary = {token: number for number, token in enumerate(TOKENS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]")
    fast.save_pretrained(folder)
    return folder


def test_a_token_means_its_input_embedding(bert: Path) -> None:
    found = read_word_vectors(bert)
    row = load_file(bert / "model.safetensors")[TENSOR][2].numpy()
    assert found.vectors["dog"] == pytest.approx(row / np.linalg.norm(row), abs=1e-6)
    assert found.name == f"{bert}: {TENSOR}"


def test_a_word_of_several_tokens_means_their_mean(bert: Path) -> None:
    rows = load_file(bert / "model.safetensors")[TENSOR][[4, 5]].numpy().mean(0)
    found = read_word_vectors(bert).vectors["skateboard"]
    assert found == pytest.approx(rows / np.linalg.norm(rows), abs=1e-6)


def test_words_that_the_tokenizer_does_not_know_mean_nothing(bert: Path) -> None:
    vectors = read_word_vectors(bert).vectors
    assert [word in vectors for word in ("zebra", "dogz", "[UNK]", "", "##board")] == [
        *[False] * 4,
        True,
    ]


def test_semantic_deviation_takes_them(bert: Path) -> None:
    vectors = read_word_vectors(bert).vectors
    own = semantic_at([{"dog": 1.0}], [["dog"]], vectors, 1)
    other = semantic_at([{"cat": 1.0}], [["dog"]], vectors, 1)
    assert own == pytest.approx(1)
    assert other == pytest.approx(float(vectors["cat"] @ vectors["dog"]))


def test_a_folder_without_weights_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read.*model\.safetensors and tokenizer\.json"):
        read_word_vectors(tmp_path)


def test_weights_without_word_vectors_are_refused(bert: Path, tmp_path: Path) -> None:
    save_file(
        {"pooler.weight": load_file(bert / "model.safetensors")[TENSOR]},
        tmp_path / "model.safetensors",
    )
    with pytest.raises(ModelError, match="has 0 tensors that could be word vectors"):
        read_word_vectors(tmp_path)


def test_the_tokenizer_of_a_larger_model_is_refused(bert: Path, tmp_path: Path) -> None:
    shutil.copy(bert / "tokenizer.json", tmp_path)
    held = load_file(bert / "model.safetensors")[TENSOR][:3].clone()
    save_file({TENSOR: held}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"has 7 tokens, and .* vectors for 3"):
        read_word_vectors(tmp_path)
