"""What a saved SparseEncoder of sentence-transformers says of itself, without loading it.

Its folder has no ``model.json`` but ``modules.json``, which lists its parts, and
``config_sentence_transformers.json``. One whose queries need no network has a ``Router``, whose
parts are in ``router_config.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import PICKLES
from lsr_opensearch.models.description import MOST_TERMS, ModelDescription, Side
from lsr_opensearch.models.hub import MODEL_FILES

Json = TypeVar("Json", dict[str, Any], list[Any])

KIND = "sparse_encoder"
_MODULES = "modules.json"
_CONFIG = "config_sentence_transformers.json"
_ROUTER = "router_config.json"
# Those of networks that look at pictures.
_PICTURE_CONFIGS = ("preprocessor_config.json", "processor_config.json")


def is_sentence_transformers(directory: Path) -> bool:
    """Whether sentence-transformers has saved a model there."""
    return (directory / _MODULES).is_file()


def describe(directory: Path) -> ModelDescription:
    """The description of a saved SparseEncoder.

    Its space is the content of its files: another version of the model is another space.

    Raises:
        ModelError: it is another kind of model, its dimensions are no words, its weights are
            pickles, or a file is damaged.
    """
    config = _read(directory / _CONFIG, dict)
    _check_kind(directory, str(config.get("model_type", "")))
    parts = list(_parts(directory))
    if any(part.endswith(".SparseAutoEncoder") for part in parts):
        raise ModelError(
            f"The dimensions of the model in {directory} are no words: it ends in a "
            "SparseAutoEncoder.",
            "Use a model of the SPLADE family, whose dimensions are the words of its tokenizer.",
        )
    _check_weights(directory)
    sides: list[Side] = ["caption", "query"]
    if _looks_at_pictures(directory):
        sides.insert(0, "image")
    is_free = any(part.endswith((".SparseStaticEmbedding", ".IDF")) for part in parts)
    return ModelDescription(
        directory=directory,
        name=directory.absolute().name,
        kind=KIND,
        version=str(dict(config.get("__version__", {})).get("sentence_transformers", "unknown")),
        space_id=f"sparse-encoder-{_digest(directory)[:12]}",
        sides=tuple(sides),
        summary="A SparseEncoder of sentence-transformers"
        + ("; its queries need no network." if is_free else "."),
        limits="Those of its model card."
        + ("" if "image" in sides else " It reads texts alone: pictures are found by captions."),
        licence="See its model card (README.md).",
        pruning=dict.fromkeys(("image_terms", "caption_terms", "query_terms"), MOST_TERMS),
        metrics={},
    )


def _check_kind(directory: Path, kind: str) -> None:
    if kind == "SparseEncoder":
        return
    raise ModelError(
        f"{directory} holds a model of sentence-transformers that is no SparseEncoder "
        f"({kind or 'it does not say what it is'}).",
        "Dense models give no words. If it is a sparse one, load it with SparseEncoder and save it "
        "again with save_pretrained.",
    )


def _parts(directory: Path) -> Iterator[str]:
    """The classes that the model is made of."""
    modules = directory / _MODULES
    for module in _read(modules, list):
        if not isinstance(module, dict) or not {"type", "path"} <= set(module):
            raise _unreadable(modules, "it does not list modules")
        yield str(module["type"])
        router = directory / str(module["path"]) / _ROUTER
        if router.is_file():
            yield from map(str, dict(_read(router, dict).get("types", {})).values())


def _check_weights(directory: Path) -> None:
    """Pickles run code when they are read; safetensors do not."""
    for suffix in PICKLES:
        for file in directory.rglob(f"*{suffix}"):
            if not any(file.parent.glob("*.safetensors")):
                raise ModelError(
                    f"The weights {file} are a pickle, which could run code when they are read.",
                    "Load the model where you trust it, and save it again with save_pretrained: "
                    "that writes safetensors.",
                )
    if not any(directory.rglob("*.safetensors")):
        raise ModelError(
            f"The model in {directory} has no weights (*.safetensors).",
            "Restore the folder; of a model from the hub: hf download OWNER/NAME",
        )


def _looks_at_pictures(directory: Path) -> bool:
    """What its parts say; those of older versions and of others say it by their files alone."""
    for file in directory.rglob("sentence_*_config.json"):
        if "image" in _read(file, dict).get("modality_config", {}):
            return True
    return any(any(directory.rglob(name)) for name in _PICTURE_CONFIGS)


def _digest(directory: Path) -> str:
    """Of the names and contents of all files that the model is made of."""
    total = hashlib.sha256()
    files = {file for pattern in MODEL_FILES for file in directory.rglob(pattern)}
    for file in sorted(files, key=lambda file: file.relative_to(directory).as_posix()):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        total.update(f"{file.relative_to(directory).as_posix()}\n{digest}\n".encode())
    return total.hexdigest()


def _read(path: Path, shape: type[Json]) -> Json:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(held, shape):
        raise _unreadable(path, f"it holds a {type(held).__name__}")
    return held


def _unreadable(path: Path, why: str) -> ModelError:
    return ModelError(f"{path} cannot be read: {why}.", "Restore the model's folder.")
