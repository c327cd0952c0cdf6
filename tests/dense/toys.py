"""Small dense models with random weights, in the layouts of the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers.implementations import BertWordPieceTokenizer
from torch import Tensor
from torch.nn import Module
from torch.nn.init import normal_
from transformers import (
    BlipConfig,
    BlipForImageTextRetrieval,
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
)

FIXTURES = Path(__file__).parent / "fixtures"
WIDTH, SIDE = 8, 24
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# All that a text in lower case can be made of, and a few words.
WORDS = (*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), "dog", "beach", "two", "a")
TEXTS = ["a dog", "two dogs at the beach, in winter", "", "zebra", "dog " * 100]


def random(network: Module) -> Module:
    """Weights drawn wide: networks as they are initialised are nearly linear, and forgive much."""
    torch.manual_seed(0)
    for name, parameter in network.named_parameters():
        is_norm = parameter.ndim == 1 and "norm" in name.lower() and name.endswith("weight")
        normal_(parameter, mean=float(is_norm), std=0.2 if parameter.ndim < 2 else 0.5)
    return network.eval()


def bert_words(folder: Path) -> Path:
    """A folder with the ``vocab.txt`` of a small BERT."""
    folder.mkdir(parents=True, exist_ok=True)
    words = dict.fromkeys(WORDS)
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
    return folder


def bert_tokenizer(folder: Path) -> Path:
    """A folder with the ``tokenizer.json`` of a small BERT."""
    bert_words(folder)
    made = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    made.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").unlink()
    return folder


def blip_network(words: int = len(set(WORDS)), layers: int = 1, image_layers: int = 1) -> Any:
    sizes = {"hidden_size": 24, "intermediate_size": 24, "num_attention_heads": 12}
    text = {"num_hidden_layers": layers, "vocab_size": words, "max_position_embeddings": 48}
    tokens = {"bos_token_id": 2, "sep_token_id": 3, "eos_token_id": 3}
    vision = {"image_size": SIDE, "patch_size": 8, "layer_norm_eps": 1e-6}
    config = BlipConfig(
        text_config={**sizes, **text, **tokens, "encoder_hidden_size": 24},
        vision_config={**sizes, **vision, "num_hidden_layers": image_layers},
        image_text_hidden_size=WIDTH,
    )
    return random(BlipForImageTextRetrieval(config))


def blip_folder(folder: Path) -> Path:
    """As Salesforce/blip-itm-base-coco lies on the hub."""
    blip_network().save_pretrained(folder)
    describe_pictures(folder, size={"height": SIDE, "width": SIDE}, resample=3)
    return bert_tokenizer(folder)


def clip_folder(folder: Path, end_token: int | None = None) -> Path:
    """As openai/clip-vit-base-patch32 lies on the hub.

    Args:
        end_token: that the configuration names; older ones have 2, which is not it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    units = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), ",</w>", "do", "dog</w>"]
    tokens = [*units, "<|startoftext|>", "<|endoftext|>"]
    numbers = {token: number for number, token in enumerate(tokens)}
    CLIPTokenizer(vocab=numbers, merges=[("d", "o"), ("do", "g</w>")]).save_pretrained(folder)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2}
    text = {"num_hidden_layers": 1, "vocab_size": len(tokens), "max_position_embeddings": 20}
    end = len(tokens) - 1 if end_token is None else end_token
    vision = {"num_hidden_layers": 1, "image_size": SIDE, "patch_size": 8}
    config = CLIPConfig(
        text_config={**sizes, **text, "bos_token_id": end - 1, "eos_token_id": end},
        vision_config={**sizes, **vision},
        projection_dim=WIDTH,
    )
    random(CLIPModel(config)).save_pretrained(folder)
    describe_pictures(
        folder, size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    described = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(
        json.dumps(described | {"do_center_crop": True})
    )
    return folder


def describe_pictures(folder: Path, **values: Any) -> None:
    """A ``preprocessor_config.json`` with an own mean and deviation."""
    own = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.25, 0.3]}
    (folder / "preprocessor_config.json").write_text(json.dumps(own | values))


def published_albef(file: Path, **more: Any) -> Path:
    """A checkpoint as ALBEF's authors write them, of the fixture's network."""
    parts = load_file(FIXTURES / "albef.safetensors")
    state = {
        name.removeprefix("state/"): value
        for name, value in parts.items()
        if name.startswith("state/")
    }
    others = {"temp": torch.ones(()), "image_queue": torch.zeros(8, 4), "queue_ptr": torch.zeros(1)}
    slow = {"visual_encoder_m.cls_token": torch.zeros(1, 1, 16), "itm_head.weight": torch.zeros(2)}
    torch.save({"model": {**state, **others, **slow, **more}, "epoch": 4}, file)
    return file


def albef_words(folder: Path) -> Path:
    """A tokenizer of as many words as the fixture's network has."""
    folder.mkdir(parents=True, exist_ok=True)
    words = (*SPECIAL, *LETTERS, "dog", "beach", "two", "##s", "##h", "##e", "##r", "##a", "##n")
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words[:40]))
    return folder


def tokens(file: Path, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Token numbers and which count, as a search makes them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(texts)
    ids = torch.tensor([one.ids for one in encoded])
    return ids, torch.tensor([one.attention_mask for one in encoded])
