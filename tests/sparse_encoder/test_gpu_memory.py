"""A GPU whose memory is too small for what is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForMaskedLM

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.errors import EncodingError, ModelError

TEXTS = ["a dog on the beach", "old red house", "a cat", "dogs dog", "the red dog"] * 10


def hold_at_most(texts: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the network fail as it does on a GPU; how many texts it was given each time."""
    forward, given = BertForMaskedLM.forward, []

    def limited(network: BertForMaskedLM, input_ids: torch.Tensor, **more: Any) -> Any:
        given.append(len(input_ids))
        if len(input_ids) > texts:
            raise torch.cuda.OutOfMemoryError
        return forward(network, input_ids, **more)

    monkeypatch.setattr(BertForMaskedLM, "forward", limited)
    return given


def test_as_many_texts_as_it_holds_are_given_at_once(
    splade: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(splade)
    expected = encoder.encode_captions(TEXTS)
    given = hold_at_most(5, monkeypatch)
    for found, wanted in zip(encoder.encode_captions(TEXTS), expected, strict=True):
        assert found == pytest.approx(wanted, rel=1e-4)
    assert sum(count for count in given if count <= 5) == len(TEXTS)
    assert given[:4] == [32, 16, 8, 4]


def test_a_text_that_it_does_not_hold_is_told(
    splade: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_at_most(0, monkeypatch)
    with pytest.raises(EncodingError, match=r"too small for a single input.*CUDA_VISIBLE_DEVICES"):
        load_encoder(splade).encode_queries(["dog"])


def test_a_model_that_it_does_not_hold_is_told(
    splade: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def move(network: torch.nn.Module, *where: object, **how: object) -> None:
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(torch.nn.Module, "to", move)
    with pytest.raises(ModelError, match="too small for the model in ") as told:
        load_encoder(splade).encode_queries(["dog"])
    assert told.value.next_step.startswith("Leave it to the processor")
