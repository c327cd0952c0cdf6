"""Small SparseEncoders with random weights, saved as sentence-transformers saves real ones."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before transformers is imported: no test asks the network.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
import torch
from PIL import Image
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertTokenizerFast,
    Idefics3Processor,
    ModernVBertConfig,
    ModernVBertForMaskedLM,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from tests.conftest import PHOTOS

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]"]
# A dot in a name of a feature is escaped for clusters.
PLAIN = ["a", "dog", "cat", "on", "the", "beach", "house", "old", "red", "##s", ".", "mr."]
WORDS = [*SPECIAL_TOKENS, *PLAIN]
SPECIAL = set(SPECIAL_TOKENS)
PICTURE_TOKENS = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
SIDE = 32


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Several test processes share the cores; and the same threads make the same sums."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _libraries_may_warn() -> Iterator[None]:
    """What other libraries say to their own developers is no failure of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _small(width: int = 16) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": width,
    }


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A masked language model with WordPiece tokens."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, **_small())
    network = BertForMaskedLM(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    # Without it half of the words never count.
    torch.nn.init.uniform_(network.cls.predictions.bias, 0, 2)
    network.save_pretrained(folder)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


def _saved(folder: Path, *modules: torch.nn.Module) -> Path:
    SparseEncoder(modules=list(modules), device="cpu").save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def splade(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "splade"
    return _saved(folder, Transformer(str(bert), transformer_task="fill-mask"), SpladePooling())


@pytest.fixture(scope="session")
def inference_free(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Queries are their own tokens, each with a weight of its own."""
    network = Transformer(str(bert), transformer_task="fill-mask")
    weights = torch.rand(len(WORDS), generator=torch.Generator().manual_seed(1)) + 0.1
    queries = SparseStaticEmbedding(tokenizer=network.tokenizer, weight=weights)
    folder = tmp_path_factory.mktemp("models") / "inference-free"
    return _saved(
        folder,
        Router.for_query_document(
            query_modules=[queries], document_modules=[network, SpladePooling()]
        ),
    )


@pytest.fixture(scope="session")
def multimodal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The architecture of V-SPLADE: documents are pictures or texts, queries need no network."""
    base = tmp_path_factory.mktemp("modernvbert")
    words = [
        *WORDS[:5],
        *PICTURE_TOKENS,
        "dog",
        "Ġdog",
        "cat",
        "Ġcat",
        "Ġbeach",
        "red",
        "Ġred",
        ".",
    ]
    numbers = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        additional_special_tokens=PICTURE_TOKENS,
    )
    pictures = Idefics3ImageProcessorPil(
        do_image_splitting=False, size={"longest_edge": SIDE}, max_image_size={"longest_edge": SIDE}
    )
    template = (
        "{% for m in messages %}{% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}"
        "{% endfor %}{% endfor %}"
    )
    torch.manual_seed(0)
    config = ModernVBertConfig(
        text_config={
            "model_type": "modernbert",
            "vocab_size": len(words),
            "max_position_embeddings": 64,
            **{f"{name}_token_id": i for i, name in enumerate(("pad", "unk", "cls", "sep"))},
            "bos_token_id": 2,
            "eos_token_id": 3,
            **_small(),
        },
        vision_config={
            "model_type": "siglip_vision_model",
            "image_size": SIDE,
            "patch_size": 4,
            **_small(),
        },
        image_token_id=numbers["<image>"],
        pixel_shuffle_factor=4,
    )
    network = ModernVBertForMaskedLM(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    network.save_pretrained(base)
    Idefics3Processor(pictures, wrapped, image_seq_len=4, chat_template=template).save_pretrained(
        base
    )
    documents = Transformer(str(base), transformer_task="fill-mask")
    folder = tmp_path_factory.mktemp("models") / "multimodal"
    return _saved(
        folder,
        Router.for_query_document(
            query_modules=[SparseStaticEmbedding(tokenizer=wrapped)],
            document_modules=[documents, SpladePooling()],
        ),
    )


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    names = ("chelsea-cat.jpg", "sandy-beach.jpg")
    found = []
    for name in names:
        with Image.open(PHOTOS / name) as picture:
            found.append(picture.convert("RGB").resize((48, 40)))
    return found
