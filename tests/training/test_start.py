"""A head starts from a masked language model's, or says what that lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertModel,
)

from lsr_opensearch.errors import ModelError
from lsr_opensearch.training.d2s.start import head_from_mlm
from lsr_opensearch.training.vocabulary import Vocabulary

WIDTH = 256


def distilbert_config(words: int) -> DistilBertConfig:
    return DistilBertConfig(vocab_size=words, dim=32, n_layers=1, n_heads=2, hidden_dim=32)


def bert_config(words: int) -> BertConfig:
    return BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )


def test_a_head_starts_from_the_head_of_a_masked_language_model(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    distil = DistilBertForMaskedLM(distilbert_config(len(vocabulary)))
    torch.nn.init.normal_(distil.vocab_projector.bias)
    distil.save_pretrained(tmp_path / "distil")
    head = head_from_mlm(str(tmp_path / "distil"), vocabulary, WIDTH)
    assert torch.equal(head.vocab_projector.weight, distil.vocab_projector.weight)
    assert torch.equal(head.vocab_projector.bias, distil.vocab_projector.bias)

    bert = BertForMaskedLM(bert_config(len(vocabulary)))
    torch.nn.init.normal_(bert.cls.predictions.transform.LayerNorm.weight)
    bert.save_pretrained(tmp_path / "bert")
    head = head_from_mlm(str(tmp_path / "bert"), vocabulary, WIDTH)
    assert torch.equal(
        head.vocab_layer_norm.weight, bert.cls.predictions.transform.LayerNorm.weight
    )


def test_an_encoder_without_its_language_head_is_refused_and_what_it_lacks_is_named(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    DistilBertModel(distilbert_config(len(vocabulary))).save_pretrained(tmp_path / "distil")
    with pytest.raises(ModelError) as told:
        head_from_mlm(str(tmp_path / "distil"), vocabulary, WIDTH)
    assert told.value.message.endswith(
        "distil' has no masked-language-model head: it lacks vocab_layer_norm.weight, "
        "vocab_layer_norm.bias, vocab_projector.bias."
    )
    BertModel(bert_config(len(vocabulary))).save_pretrained(tmp_path / "bert")
    with pytest.raises(ModelError, match=r"lacks cls\.predictions\.transform\.LayerNorm\.weight"):
        head_from_mlm(str(tmp_path / "bert"), vocabulary, WIDTH)


@pytest.mark.parametrize("part", ["vocab_layer_norm.bias", "word_embeddings.weight"])
def test_one_lost_weight_of_the_head_is_told(
    vocabulary: Vocabulary, tmp_path: Path, part: str
) -> None:
    """The projector is tied to the word embeddings: without those, it is lost as well."""
    DistilBertForMaskedLM(distilbert_config(len(vocabulary))).save_pretrained(tmp_path)
    leave_out(tmp_path, part)
    lost = "vocab_projector.weight" if part == "word_embeddings.weight" else part
    with pytest.raises(ModelError, match=rf"it lacks {lost}\."):
        head_from_mlm(str(tmp_path), vocabulary, WIDTH)


def test_what_the_head_does_not_take_may_be_missing(vocabulary: Vocabulary, tmp_path: Path) -> None:
    whole = DistilBertForMaskedLM(distilbert_config(len(vocabulary)))
    whole.save_pretrained(tmp_path)
    leave_out(tmp_path, "vocab_transform")
    head = head_from_mlm(str(tmp_path), vocabulary, WIDTH)
    assert torch.equal(head.vocab_projector.weight, whole.vocab_projector.weight)


def leave_out(folder: Path, part: str) -> None:
    """Write the weights of a model anew, without those that have ``part`` in their names."""
    file = folder / "model.safetensors"
    kept = {name: value for name, value in load_file(file).items() if part not in name}
    save_file(kept, file, {"format": "pt"})


def test_a_language_model_of_another_vocabulary_is_refused(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    DistilBertForMaskedLM(distilbert_config(77)).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="has 77 words"):
        head_from_mlm(str(tmp_path), vocabulary, WIDTH)


def test_a_language_model_that_is_not_there_is_told(vocabulary: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        head_from_mlm(str(tmp_path / "empty"), vocabulary, WIDTH)


def test_a_pickled_language_model_is_refused(vocabulary: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin, a pickle"):
        head_from_mlm(str(tmp_path), vocabulary, WIDTH)
