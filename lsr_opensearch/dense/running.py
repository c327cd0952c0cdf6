"""Towers at work: batches of pixels or texts -> vectors, on a processor or a GPU."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import normalize

from lsr_opensearch.datasets.dataset import Vectors
from lsr_opensearch.dense.settings import Precision
from lsr_opensearch.dense.tower import ImageTower, TextTower


class Runner:
    """A tower on a device.

    Args:
        precision: see `settings.EncodingSettings`.
    """

    def __init__(
        self, tower: ImageTower | TextTower, device: torch.device, precision: Precision
    ) -> None:
        self.width = tower.width
        self._tower: nn.Module = tower.to(device)
        self._device, self._is_mixed = device, precision == "bf16"

    @torch.inference_mode()
    def __call__(self, *given: Tensor) -> Vectors:
        """A batch, as the tower takes it -> vectors of length 1, float32 [batch, width]."""
        moved = [one.to(self._device) for one in given]
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_mixed):
            found = self._tower(*moved)
        vectors: Vectors = normalize(found.float(), dim=-1).cpu().numpy()
        return vectors


class Tokens:
    """Texts -> what a text tower takes."""

    def __init__(self, tower: TextTower) -> None:
        self._tokenizer = Tokenizer.from_file(str(tower.tokenizer_file))
        self._tokenizer.enable_truncation(tower.most_tokens)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token numbers and which count, int64 [texts, longest]."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in encoded], dtype=torch.long)
        return ids, torch.tensor([one.attention_mask for one in encoded], dtype=torch.long)
