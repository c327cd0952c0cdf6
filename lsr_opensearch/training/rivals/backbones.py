"""What rivals are built on: a ViT or BEiT for pictures, a BERT with its language head for texts."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import CONFIG_FILE, check_weights, first_line, read_json
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.models.quiet import quiet_transformers

_FILES = ("config.json", "model.safetensors")

# Of ViT and BEiT, where their folder has no preprocessor_config.json.
_HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class ImageBackbone:
    """Pixels -> a hidden vector for each patch.

    Attributes:
        network: a `ViTModel` or `BeitModel`.
        width: numbers in a hidden vector.
    """

    network: nn.Module
    width: int
    picture_input: PictureInput


@dataclass(frozen=True)
class TextBackbone:
    """Tokens -> a hidden vector for each, and logits of all words from that.

    Attributes:
        network: a `BertModel`.
        mlm_head: the head of its masked language model.
        width: numbers in a hidden vector.
        most_tokens: that it reads of a text.
    """

    network: nn.Module
    mlm_head: nn.Module
    width: int
    words: int
    most_tokens: int
    tokenizer_file: Path


def load_text_backbone(name: str | os.PathLike[str], *, random_start: bool = False) -> TextBackbone:
    """BERT with its language head, from a folder or a repository on the hub.

    Args:
        random_start: take the sizes of its ``config.json`` alone, and begin with random weights.

    Raises:
        ModelError: it cannot be had, is of another architecture, lacks weights or its
            tokenizer.json, or has its weights in a pickle.
    """
    from transformers import BertConfig, BertForMaskedLM

    folder = folder_of(name, (*_FILES, "tokenizer.json"), "--text-backbone")
    _check_kind(folder, "texts", ("bert",))
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelError(
            f"{folder} has no tokenizer.json.",
            "Write it: AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)",
        )
    config = BertConfig.from_pretrained(folder)
    model = _loaded(folder, BertForMaskedLM, config, random_start=random_start)
    return TextBackbone(
        network=model.bert,
        mlm_head=model.cls,
        width=config.hidden_size,
        words=config.vocab_size,
        most_tokens=config.max_position_embeddings,
        tokenizer_file=tokenizer,
    )


def load_image_backbone(
    name: str | os.PathLike[str], *, random_start: bool = False
) -> ImageBackbone:
    """ViT or BEiT, from a folder or a repository on the hub.

    Args:
        random_start: take the sizes of its ``config.json`` alone, and begin with random weights.

    Raises:
        ModelError: it cannot be had, is of another architecture, lacks weights, or has them in a
            pickle.
    """
    from transformers import BeitConfig, BeitModel, ViTConfig, ViTModel

    folder = folder_of(name, (*_FILES, "preprocessor_config.json"), "--image-backbone")
    if _check_kind(folder, "pictures", ("vit", "beit")) == "vit":
        config = ViTConfig.from_pretrained(folder)
        network = _loaded(folder, ViTModel, config, random_start=random_start)
    else:
        # Else its last norm belongs to a pooler, which nobody needs here. Its attention is written
        # out, because the other way of doing it has no ONNX form.
        config = BeitConfig.from_pretrained(folder, use_mean_pooling=False)
        network = _loaded(folder, BeitModel, config, random_start=random_start, new=("layernorm.",))
        network.set_attn_implementation("eager")
    return ImageBackbone(network, config.hidden_size, _picture_input(folder, config.image_size))


def _check_kind(folder: Path, what: str, kinds: tuple[str, ...]) -> str:
    kind = read_json(folder / CONFIG_FILE).get("model_type")
    if kind not in kinds:
        raise ModelError(
            f"{folder} is of the architecture {kind!r}, which cannot be trained on {what}.",
            f"Take one of: {', '.join(kinds)}.",
        )
    return str(kind)


def _loaded(
    folder: Path, kind: Any, config: Any, *, random_start: bool, new: tuple[str, ...] = ()
) -> Any:
    """A model of transformers.

    Args:
        new: how the names begin of the weights that may be missing, and start at nothing learned.
    """
    pooler = {} if kind.__name__ == "BertForMaskedLM" else {"add_pooling_layer": False}
    if random_start:
        return kind(config, **pooler)
    check_weights(folder)
    try:
        with quiet_transformers():
            model, about = kind.from_pretrained(
                folder,
                config=config,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                **pooler,
            )
    # Of transformers, of safetensors and of torch, each with classes of its own.
    except Exception as error:
        raise ModelError(
            f"The model in {folder} cannot be loaded ({first_line(error)}).",
            "Fetch its files again.",
        ) from error
    missing = sorted(one for one in about["missing_keys"] if not one.startswith(new or ("\0",)))
    if missing:
        raise ModelError(
            f"{folder} lacks {len(missing):,} weights of a {kind.__name__}, the first "
            f"{missing[0]!r}.",
            "Take a model that was saved whole; a BERT needs its masked-language-model head.",
        )
    return model


def _picture_input(folder: Path, size: int | tuple[int, int]) -> PictureInput:
    """As the folder's preprocessor says, cut from the middle."""
    height, width = (size, size) if isinstance(size, int) else size
    file = folder / "preprocessor_config.json"
    try:
        held = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        mean, deviation = held.get("image_mean", _HALF), held.get("image_std", _HALF)
        mean, deviation = ((float(a), float(b), float(c)) for a, b, c in (mean, deviation))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{file} cannot be used ({error}).", "Fetch it again.") from error
    return PictureInput(width, height, "crop", mean, deviation)
