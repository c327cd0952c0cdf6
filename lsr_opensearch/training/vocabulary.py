"""The words of a head, as its tokenizer counts them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from lsr_opensearch.errors import ModelError


class Vocabulary:
    """The tokens of a ``tokenizer.json``, by number.

    Attributes:
        file: the ``tokenizer.json``.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        # tokenizers raises plain Exception for everything.
        except Exception as error:
            raise ModelError(
                f"{file} is no tokenizer ({error}).",
                "It must be the tokenizer.json of a fast tokenizer of transformers.",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size()

    @cached_property
    def tokens(self) -> list[str]:
        """All tokens, by number."""
        return [self._tokenizer.id_to_token(number) or "" for number in range(len(self))]

    @cached_property
    def special(self) -> list[int]:
        """Numbers of the tokens that are no words, [unused] ones too."""
        added = self._tokenizer.get_added_tokens_decoder()
        return [
            number
            for number, token in enumerate(self.tokens)
            if (number in added and added[number].special)
            or (token.startswith("[") and token.endswith("]") and len(token) > 2)
        ]

    def numbers(self, text: str) -> list[int]:
        """The tokens of a text, special ones left out."""
        special = set(self.special)
        encoded = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [number for number in encoded if number not in special]

    def literal(self, texts: Sequence[str]) -> Tensor:
        """The different words of each text, padded with -1, int64 [texts, most words]."""
        special = set(self.special)
        rows = [
            [number for number in dict.fromkeys(one.ids) if number not in special]
            for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]
        literal = torch.full((len(rows), max(map(len, rows), default=0)), -1)
        for place, row in enumerate(rows):
            literal[place, : len(row)] = torch.tensor(row, dtype=torch.long)
        return literal
