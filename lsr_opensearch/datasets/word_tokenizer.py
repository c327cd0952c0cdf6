"""A tokenizer whose tokens are whole words. Needs the package tokenizers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

PADDING, UNKNOWN = "[PAD]", "[UNK]"
SPECIAL_TOKENS = (PADDING, UNKNOWN)


def write_word_tokenizer(path: Path, words: Sequence[str]) -> None:
    """Write a ``tokenizer.json`` that splits as BERT does; its first tokens are special."""
    numbers = {word: number for number, word in enumerate((*SPECIAL_TOKENS, *words))}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token=UNKNOWN))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    tokenizer.save(str(path))
