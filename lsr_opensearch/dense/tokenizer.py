"""The tokenizer of a dense model, as a ``tokenizer.json`` that cuts texts where the model does."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer

from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import first_line

TOKENIZER_FILE = "tokenizer.json"
# Of older folders: the words of a BERT, and whether capitals count.
_WORDS_FILE, _SETTINGS_FILE = "vocab.txt", "tokenizer_config.json"
_CACHE = "dense-tokenizers"


def cutting_tokenizer(folder: Path, most_tokens: int, words: int) -> Path:
    """The model's tokenizer with its limit, in a file of the user's cache.

    What is trained and exported takes this file along, so that a search cuts texts likewise.

    Args:
        most_tokens: that the model reads of a text, special ones counted.
        words: that it has vectors for.

    Raises:
        ModelError: the folder has no tokenizer, a damaged one, or that of another model.
    """
    tokenizer = read_tokenizer(folder)
    if tokenizer.get_vocab_size() > words:
        raise ModelError(
            f"The tokenizer in {folder} has {tokenizer.get_vocab_size():,} tokens, and the network "
            f"{words:,}.",
            f"They are not of one model: put the model's own {TOKENIZER_FILE} there.",
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(most_tokens)
    return _written(tokenizer.to_str())


def read_tokenizer(folder: Path) -> Any:
    """From ``tokenizer.json``, or from a BERT's ``vocab.txt``.

    Raises:
        ModelError: neither is there, or it is damaged.
    """
    file, vocabulary = folder / TOKENIZER_FILE, folder / _WORDS_FILE
    try:
        if file.exists() or not vocabulary.exists():
            return Tokenizer.from_file(str(file))
        settings = folder / _SETTINGS_FILE
        said = json.loads(settings.read_text(encoding="utf-8")) if settings.exists() else {}
        lowers = bool(said.get("do_lower_case", True))
        made = BertWordPieceTokenizer(str(vocabulary), lowercase=lowers)
        return Tokenizer.from_str(made.to_str())
    # tokenizers raises plain Exception for everything.
    except Exception as error:
        raise ModelError(
            f"{folder} has no tokenizer that can be used ({first_line(error)}).",
            f"Put the model's {TOKENIZER_FILE} there, or the {_WORDS_FILE} of a BERT.",
        ) from error


def _written(content: str) -> Path:
    import platformdirs

    caches = os.environ.get("LSR_OS_CACHE_DIR") or platformdirs.user_cache_dir("lsr-opensearch")
    cache = Path(caches) / _CACHE
    encoded = content.encode("utf-8")
    file = cache / f"{hashlib.sha256(encoded).hexdigest()[:32]}.json"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        # Another process may read it at this moment.
        beside = cache / f"{file.name}.{os.getpid()}"
        beside.write_bytes(encoded)
        os.replace(beside, file)
    except OSError as error:
        raise ModelError(
            f"{cache} cannot be written ({error.strerror or error}).",
            "Make room there, or name another folder for caches: LSR_OS_CACHE_DIR=DIR",
        ) from error
    return file
