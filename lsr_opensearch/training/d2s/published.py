"""The heads that the authors of D2S published, in their own layout.

``config.json`` says ``model_type`` d2s, ``dense_size`` and ``mlm_head``, the masked language model
that the words started from; ``model.safetensors`` has the six tensors of a head. Source:
thongnt99/lsr-multimodal, where ``save_pretrained`` of transformers wrote them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lsr_opensearch.encoders.d2s.tensors import TENSORS, head_shapes
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import CONFIG_FILE, PICKLES
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.vocabulary import Vocabulary

WEIGHTS_FILE = "model.safetensors"
_ARCHITECTURE = "d2s"


@dataclass(frozen=True)
class PublishedHead:
    """What the files say.

    Attributes:
        name: the folder or the repository.
        mlm_head: the masked language model whose tokens the words are.
        tensors: of a `D2SHead`, by its names.
    """

    name: str
    mlm_head: str
    tensors: dict[str, Tensor]

    @property
    def width(self) -> int:
        """Numbers in a dense vector."""
        return int(self.tensors["proj.weight"].shape[1])

    @property
    def words(self) -> int:
        """Words in the vocabulary."""
        return len(self.tensors["vocab_projector.bias"])

    def with_words(self, vocabulary: Vocabulary) -> D2SHead:
        """The head itself. Unlike the published code, special tokens weigh nothing in it.

        Raises:
            ModelError: the vocabulary has another number of words.
        """
        if len(vocabulary) != self.words:
            raise ModelError(
                f"The head {self.name!r} has {self.words:,} words, and {vocabulary.file} "
                f"{len(vocabulary):,}.",
                f"Give the folder with the tokenizer.json of {self.mlm_head}, which its words are "
                "of: --tokenizer DIR",
            )
        hidden = self.tensors["proj.weight"].shape[0]
        head = D2SHead(self.width, hidden, self.words, vocabulary.special)
        head.load_state_dict(self.tensors)
        return head.eval()


def read_published_head(name: str | os.PathLike[str]) -> PublishedHead:
    """Read a head from a folder, or from a repository on the hub.

    Raises:
        ModelError: it cannot be had, is a pickle, of another architecture, or incomplete.
        MissingExtraError: huggingface_hub is not installed.
    """
    _check_no_pickle(Path(name))
    folder = folder_of(name, (CONFIG_FILE, WEIGHTS_FILE), "lsr-os models import-head")
    config = _config(folder)
    tensors = _tensors(folder)
    shown = os.fspath(name)
    _check_shapes(shown, config, tensors)
    return PublishedHead(shown, str(config.get("mlm_head", "distilbert-base-uncased")), tensors)


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_FILE
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        architecture = config["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} cannot be used ({error!r}).",
            f"A published head is a folder with {CONFIG_FILE} and {WEIGHTS_FILE}.",
        ) from error
    if architecture != _ARCHITECTURE:
        raise ModelError(
            f"{folder} holds a model of the architecture {architecture!r}, and not a D2S head.",
            f"The {CONFIG_FILE} of a head says model_type {_ARCHITECTURE!r}. A dense model goes to "
            "--dense-model.",
        )
    return config


def _tensors(folder: Path) -> dict[str, Tensor]:
    path = folder / WEIGHTS_FILE
    if not path.exists():
        for other in sorted(folder.iterdir()):
            _check_no_pickle(other)
        raise ModelError(
            f"{folder} has no {WEIGHTS_FILE}.", f"Put it beside {CONFIG_FILE}, or convert to it."
        )
    try:
        held = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path} is damaged ({error}).", "Fetch it again; it must be a safetensors file."
        ) from error
    missing, unexpected = sorted(set(TENSORS) - set(held)), sorted(set(held) - set(TENSORS))
    if missing or unexpected:
        said = [f"lacks {', '.join(missing)}"] * bool(missing)
        said += [f"has {', '.join(unexpected)}, which no D2S head has"] * bool(unexpected)
        raise ModelError(
            f"{path} {' and '.join(said)}.",
            f"The tensors of a head are {', '.join(TENSORS)}.",
        )
    return {name: held[name].float() for name in TENSORS}


def _check_no_pickle(path: Path) -> None:
    """Whoever reads a pickle runs whatever code it holds: none is read here, of nobody."""
    if path.suffix in PICKLES and path.is_file():
        raise ModelError(
            f"{path} is a pickle: reading it could run any code, so it is not read.",
            f"If you trust where it is from, write it as safetensors yourself: python -c 'import "
            "torch, safetensors.torch as s; s.save_file({k: v.contiguous() for k, v in torch.load("
            f'"{path}", weights_only=True).items()}}, "{path.parent / WEIGHTS_FILE}")\'',
        )


def _check_shapes(name: str, config: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    hidden, width = _sides(tensors["proj.weight"])
    words, _ = _sides(tensors["vocab_projector.weight"])
    wanted = head_shapes(config.get("dense_size", width), hidden, words)
    for tensor, shape in wanted.items():
        if tuple(tensors[tensor].shape) != shape:
            found = " x ".join(map(str, tensors[tensor].shape))
            raise ModelError(
                f"In the head {name!r}, {tensor} is {found}, where the other tensors and "
                f"{CONFIG_FILE} ask for {' x '.join(map(str, shape))}.",
                "Fetch the head again; its files are not of one model.",
            )


def _sides(matrix: Tensor) -> tuple[int, int]:
    """Rows and columns; -1 fits nothing where it is no matrix."""
    return (matrix.shape[0], matrix.shape[1]) if matrix.ndim == 2 else (-1, -1)
