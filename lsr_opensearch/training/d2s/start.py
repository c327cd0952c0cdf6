"""What a head's vocabulary starts from: a masked language model's head, or word vectors."""

from __future__ import annotations

from pathlib import Path

import torch

from lsr_opensearch.datasets.parquet import read_vectors
from lsr_opensearch.errors import ModelError, TrainingError
from lsr_opensearch.models.checkpoint import check_weights, first_line
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.models.quiet import quiet_transformers
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.vocabulary import Vocabulary

# What is fetched of a masked language model: no pickles, they run code when they are read.
_WANTED = ("config.json", "model.safetensors", "tokenizer.json")


def head_from_word_vectors(file: Path, vocabulary: Vocabulary, width: int) -> D2SHead:
    """A head whose words start at their vectors in a Parquet file (``id`` is the word, ``emb``).

    Raises:
        DatasetError: the file cannot be used.
        TrainingError: it knows hardly any word of the vocabulary.
    """
    words, vectors = read_vectors(file)
    numbers = {token: number for number, token in enumerate(vocabulary.tokens)}
    known = [(numbers[word], row) for row, word in enumerate(words) if word in numbers]
    if 2 * len(known) < len(vocabulary) - len(vocabulary.special):
        raise TrainingError(
            f"{file} has vectors for {len(known):,} of the {len(vocabulary):,} words of "
            f"{vocabulary.file}.",
            "Give word vectors for that vocabulary, or a masked language model: --mlm-head DIR",
        )
    head = D2SHead(width, vectors.shape[1], len(vocabulary), vocabulary.special)
    start = torch.zeros(len(vocabulary), vectors.shape[1])
    places, rows = torch.tensor(known).T
    start[places] = torch.tensor(vectors)[rows]
    head.start_from_word_vectors(start)
    return head


def mlm_folder(name: str) -> Path:
    """The folder of a masked language model, or what the hub has under that name.

    Raises:
        ModelError: there is none, and the hub cannot be reached.
    """
    return folder_of(name, _WANTED, "--mlm-head")


def head_from_mlm(name: str, vocabulary: Vocabulary, width: int) -> D2SHead:
    """A head whose layer norm and projector are those of a masked language model.

    Its ``vocab_transform`` is left out, as in the published code.

    Args:
        name: a folder, or a repository on the hub, of DistilBERT or BERT.

    Raises:
        ModelError: it cannot be loaded, is of another architecture, lacks what the head starts
            from, or is of another vocabulary.
    """
    from transformers import AutoModelForMaskedLM

    folder = mlm_folder(name)
    check_weights(folder)
    try:
        with quiet_transformers():
            model, found = AutoModelForMaskedLM.from_pretrained(
                folder, use_safetensors=True, output_loading_info=True, local_files_only=True
            )
    # Of transformers, of safetensors and of torch, each with classes of its own.
    except Exception as error:
        raise ModelError(
            f"The masked language model {name!r} cannot be loaded ({first_line(error)}).",
            "Check the name, or fetch it where there is a network and pass its folder.",
        ) from error
    names = _mlm_names(name, model)
    # Transformers draws what a checkpoint lacks: an encoder alone would give a head of noise.
    lacking = [one for one in names.values() if one in found["missing_keys"]]
    if lacking:
        raise ModelError(
            f"{name!r} has no masked-language-model head: it lacks {', '.join(lacking)}.",
            "Take a model that was saved whole, with its head, such as "
            "distilbert/distilbert-base-uncased.",
        )
    parts = {part: model.get_parameter(one).detach() for part, one in names.items()}
    hidden = model.config.hidden_size
    head = D2SHead(width, hidden, len(vocabulary), vocabulary.special)
    if parts["vocab_projector.weight"].shape[0] != len(vocabulary):
        raise ModelError(
            f"{name!r} has {parts['vocab_projector.weight'].shape[0]:,} words, and "
            f"{vocabulary.file} {len(vocabulary):,}.",
            "Use the model's own tokenizer.json.",
        )
    head.load_state_dict(parts, strict=False)
    return head


def _mlm_names(name: str, model: torch.nn.Module) -> dict[str, str]:
    """The last layer norm and the projector: what a D2S head calls them -> what the model does."""
    if hasattr(model, "vocab_layer_norm"):
        norm, projector = "vocab_layer_norm", "vocab_projector"
    elif hasattr(model, "cls"):
        norm, projector = "cls.predictions.transform.LayerNorm", "cls.predictions.decoder"
    else:
        raise ModelError(
            f"{name!r} is of the architecture {type(model).__name__}.",
            "A head can start from DistilBERT or BERT.",
        )
    return {
        f"{part}.{kind}": f"{its}.{kind}"
        for part, its in (("vocab_layer_norm", norm), ("vocab_projector", projector))
        for kind in ("weight", "bias")
    }
