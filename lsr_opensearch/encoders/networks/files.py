"""The files of networks in a model directory, beside its ``model.json``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

VOCABULARY = "vocabulary.txt"
SPECIAL = "special.txt"
TEXT_NETWORK = "text.onnx"
TOKENIZER = "tokenizer.json"
IMAGE_NETWORK = "image.onnx"
PICTURE_INPUT = "picture.json"


def read_lines(path: Path) -> list[str]:
    """The lines of a file; only a newline ends one: tokens may hold any other character."""
    return path.read_bytes().decode("utf-8").split("\n")[:-1]


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """One line each."""
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
