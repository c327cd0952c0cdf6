"""The published VDR model, in its own layout, as a model directory.

``config.json`` has ``encoder_q`` (the text's network, of the type ``vdr_crossmodal_text``) and
``encoder_p`` (the picture's, ``vdr_crossmodal_image``); ``model.safetensors`` their weights under
those two names. Source: github.com/jzhoubu/vsearch, whose models transformers saves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ModelError
from lsr_opensearch.models.checkpoint import CONFIG_FILE, check_weights, read_json
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.new_folder import check_new, new_folder
from lsr_opensearch.training.about import About
from lsr_opensearch.training.making import shown_name
from lsr_opensearch.training.rivals.export import Rules, write_bi_encoder
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.vdr import KEPT, Patches, PatchSizes, not_words, vdr
from lsr_opensearch.training.vocabulary import Vocabulary

_WEIGHTS = "model.safetensors"
_TYPES = {"encoder_q": "vdr_crossmodal_text", "encoder_p": "vdr_crossmodal_image"}
# What our parts are called there, by how their names begin.
_NAMES = {
    "texts.backbone.": "encoder_q.bert_model.",
    "texts.head.logits.0.": "encoder_q.ln.",
    "images.backbone.": "encoder_p.",
    "images.head.logits.0.": "encoder_p.ln_post.",
}
_PROJECTION = "encoder_p.proj"
# The text's projector is its word vectors, which are there as such; positions are only counted.
_OURS_ALONE = ("log_scale", "texts.head.logits.1.weight", "images.head.logits.1.weight")
_NOT_USED = ("encoder_q.bert_model.embeddings.position_ids",)


def import_vdr(
    name: str | os.PathLike[str], tokenizer: str | os.PathLike[str] | None, out: Path
) -> Rival:
    """Write a model directory from the published files.

    Args:
        name: a folder, or a repository on the hub.
        tokenizer: where BERT's tokenizer.json lies; by default beside the model's files.

    Raises:
        UsageError: ``out`` holds something already, or cannot be made.
        ModelError: a file is missing, damaged, a pickle, or not of this model.
    """
    check_new(out)
    folder = folder_of(name, ("config.json", _WEIGHTS), "import-vdr")
    config = read_json(folder / CONFIG_FILE)
    for part, kind in _TYPES.items():
        held = config.get(part)
        if not isinstance(held, Mapping) or held.get("type") != kind:
            raise ModelError(
                f"{folder / 'config.json'} has no {part} of the type {kind!r}.",
                "It must be the folder of VDR for pictures and texts, such as "
                "vsearch/vdr-cross-modal.",
            )
    vocabulary = _vocabulary(folder, tokenizer, config["encoder_q"])
    sizes = PatchSizes(**_sizes(config["encoder_p"]))
    rival = _filled(folder, config["encoder_q"], sizes, vocabulary)
    about = About(
        name=out.resolve().name,
        summary="VDR for pictures and texts, from its published weights.",
        limits="Speaks English; gives weights to words that are not there to see, too.",
        licence="That of the published weights.",
        making={"source": shown_name(name)},
    )
    picture = PictureInput(sizes.resolution, sizes.resolution, "crop")
    most_tokens = rival.texts.backbone.config.max_position_embeddings
    rules = Rules("vdr", KEPT, most_tokens, not_words(vocabulary))
    with new_folder(out) as folder:
        write_bi_encoder(folder, rival, vocabulary, picture, rules, about)
    return rival


def _vocabulary(
    folder: Path, tokenizer: str | os.PathLike[str] | None, config: Mapping[str, Any]
) -> Vocabulary:
    where = (
        folder if tokenizer is None else folder_of(tokenizer, ("tokenizer.json",), "--tokenizer")
    )
    file = where / "tokenizer.json"
    if not file.is_file():
        raise ModelError(
            f"{where} has no tokenizer.json.",
            f"Give the folder of {config.get('model_id', 'bert-base-uncased')}, which has it: "
            "--tokenizer DIR",
        )
    return Vocabulary(file)


def _sizes(config: Mapping[str, Any]) -> dict[str, int]:
    """The picture's network's, by our names; what is not said is the published one's."""
    theirs = {field.name: field.name for field in fields(PatchSizes)} | {"patch": "patch_size"}
    return {ours: config[name] for ours, name in theirs.items() if name in config}


def _filled(
    folder: Path, config: Mapping[str, Any], sizes: PatchSizes, vocabulary: Vocabulary
) -> Rival:
    """The networks with the published weights."""
    from transformers import BertConfig, BertModel

    check_weights(folder)
    try:
        held = load_file(folder / _WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{folder / _WEIGHTS} cannot be read ({error}).", "Fetch it again."
        ) from error
    known = BertConfig().to_dict()
    bert = BertModel(
        BertConfig(**{key: value for key, value in config.items() if key in known}),
        add_pooling_layer=False,
    )
    if bert.config.vocab_size != len(vocabulary):
        raise ModelError(
            f"The model has {bert.config.vocab_size:,} tokens, and {vocabulary.file} "
            f"{len(vocabulary):,}.",
            "Give the folder of its own tokenizer: --tokenizer DIR",
        )
    left_out = not_words(vocabulary)
    rival = vdr(Patches(sizes), bert, len(vocabulary), left_out)
    _check(folder, rival, held)
    rival.load_state_dict(
        {name: held[_theirs(name)] for name in rival.state_dict() if name not in _OURS_ALONE},
        strict=False,
    )
    _fill_projection(folder, rival.images.head.logits[1], held[_PROJECTION], left_out)
    return rival.eval()


def _check(folder: Path, rival: nn.Module, held: Mapping[str, Tensor]) -> None:
    """That each weight is there, of the right shape, and none besides."""
    ours = {
        _theirs(name): tuple(one.shape)
        for name, one in rival.state_dict().items()
        if name not in _OURS_ALONE
    }
    wanted = {*ours, _PROJECTION}
    missing, more = sorted(wanted - set(held)), sorted(set(held) - wanted - set(_NOT_USED))
    if missing or more:
        said = [f"lacks {one!r}" for one in missing[:1]] + [f"has {one!r}" for one in more[:1]]
        raise ModelError(
            f"{folder / _WEIGHTS} {' and '.join(said)} ({len(missing):,} missing, {len(more):,} "
            "too many).",
            "It must be VDR's own file, with the sizes that its config.json says.",
        )
    for name, shape in ours.items():
        if tuple(held[name].shape) != shape:
            raise ModelError(
                f"{folder / _WEIGHTS}: {name!r} is {tuple(held[name].shape)}, and should be "
                f"{shape}.",
                "Its config.json must say the sizes of its weights.",
            )


def _fill_projection(folder: Path, projector: nn.Linear, held: Tensor, left_out: list[int]) -> None:
    """Give each word its row: the published matrix has none for tokens that are no words."""
    numbers = sorted(set(range(projector.out_features)) - set(left_out))
    if tuple(held.shape) != (len(numbers), projector.in_features):
        raise ModelError(
            f"{folder / _WEIGHTS}: {_PROJECTION!r} is {tuple(held.shape)}, and should be "
            f"{(len(numbers), projector.in_features)}.",
            "Give the folder of its own tokenizer: --tokenizer DIR",
        )
    projector.weight.data.zero_()
    projector.weight.data[numbers] = held.to(projector.weight.dtype)


def _theirs(name: str) -> str:
    for ours, theirs in _NAMES.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    raise KeyError(name)
