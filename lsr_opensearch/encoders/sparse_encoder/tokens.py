"""The words of a SparseEncoder: the tokens of its tokenizer, by the number of the dimension."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt


class Tokens:
    """What each dimension is called, and which of them are words.

    Args:
        tokenizer: of transformers.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def names(self) -> list[str]:
        """The tokens, by number; empty where a number has none."""
        size = max(self._tokenizer.get_vocab().values(), default=-1) + 1
        return [token or "" for token in self._tokenizer.convert_ids_to_tokens(list(range(size)))]

    @cached_property
    def _special(self) -> npt.NDArray[np.intp]:
        """Numbers that stand for no word: [CLS], [unused7], <image>, ...

        Tokens that were added to a vocabulary are all of that kind.
        """
        added = {*self._tokenizer.all_special_ids, *self._tokenizer.added_tokens_decoder}
        return np.array(
            [
                number
                for number, token in enumerate(self.names)
                if number in added or not token or (token[0] == "[" and token[1:].endswith("]"))
            ],
            np.intp,
        )

    def of_words(self, weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Weights [count, dimensions] without those of tokens that are no words.

        Some networks have more dimensions than their tokenizer has tokens.
        """
        kept = np.array(weights[:, : len(self.names)])
        kept[:, self._special[self._special < kept.shape[1]]] = 0
        return kept

    def literal(self, text: str) -> list[tuple[str, ...]]:
        """The different tokens of a text, in all ways.

        Byte-level tokenizers have other tokens for a word that follows a space: a way of its own.
        """
        ways = dict.fromkeys(self._different(form) for form in (text, f" {text}"))
        return [way for way in ways if way]

    def _different(self, text: str) -> tuple[str, ...]:
        special = set(self._special.tolist())
        numbers = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return tuple(
            self.names[number] for number in dict.fromkeys(numbers) if number not in special
        )
