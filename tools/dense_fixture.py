"""What the original ALBEF or BLIP makes of seeded inputs, as a small file for tests/dense.

    git clone https://github.com/salesforce/ALBEF   # or BLIP
    python tools/dense_fixture.py ALBEF albef tests/dense/fixtures/albef.safetensors
    python tools/dense_fixture.py BLIP blip tests/dense/fixtures/blip.safetensors

Run by hand, once; needs transformers 4.30.2, as the originals' imports are old. Of
timm and fairscale they use so little that it stands here in their place. The weights are drawn
anew, all of them: networks as they are initialised are nearly linear, and forgive too much.

The file holds the state by its original names (``state/``), the inputs, and the vectors.
"""

from __future__ import annotations

import argparse
import sys
import types
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import normalize

# As many heads as the originals have; the weights do not tell.
HEADS = 12
WIDTH, HIDDEN, INNER = 8, 24, 24
SIDE, PATCH, IMAGE_LAYERS = 24, 8, 2
WORDS, POSITIONS, TEXT_LAYERS, FUSION_LAYER = 40, 48, 3, 2


class PatchEmbed(nn.Module):
    """Of timm: a convolution whose results become a row."""

    def __init__(self, img_size: int, patch_size: int, in_chans: int, embed_dim: int) -> None:
        super().__init__()
        self.num_patches = (img_size // patch_size) ** 2
        self.proj = nn.Conv2d(in_chans, embed_dim, patch_size, patch_size)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).flatten(2).transpose(1, 2)


def stand_in() -> None:
    """For timm and fairscale."""
    # Imported before the others: it asks which packages there are, and would take these for real.
    import transformers.file_utils

    # It only writes docstrings, and took other arguments then.
    transformers.file_utils.add_code_sample_docstrings = lambda **_: lambda made: made
    parts: dict[str, dict[str, Any]] = {
        "timm": {},
        "timm.models": {},
        "timm.models.vision_transformer": {"_cfg": None, "PatchEmbed": PatchEmbed},
        "timm.models.registry": {"register_model": lambda model: model},
        "timm.models.layers": {
            "trunc_normal_": nn.init.trunc_normal_,
            "DropPath": nn.Identity,
        },
        "timm.models.helpers": {"named_apply": None, "adapt_input_conv": None},
        "fairscale": {},
        "fairscale.nn": {},
        "fairscale.nn.checkpoint": {},
        "fairscale.nn.checkpoint.checkpoint_activations": {"checkpoint_wrapper": None},
    }
    for name, content in parts.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)


def original(kind: str) -> nn.ModuleDict:
    """The parts of the model that make vectors, with the sizes above."""
    from models.vit import VisionTransformer  # type: ignore[import-not-found]

    if kind == "albef":
        from models.xbert import BertConfig, BertModel  # type: ignore[import-not-found]
    else:
        from models.med import BertConfig, BertModel  # type: ignore[import-not-found]
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=TEXT_LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=POSITIONS,
        fusion_layer=FUSION_LAYER,
        encoder_width=HIDDEN,
        add_cross_attention=True,
    )
    vision = VisionTransformer(
        img_size=SIDE,
        patch_size=PATCH,
        embed_dim=HIDDEN,
        depth=IMAGE_LAYERS,
        num_heads=HEADS,
        mlp_ratio=INNER / HIDDEN,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
    )
    return nn.ModuleDict(
        {
            "visual_encoder": vision,
            "text_encoder": BertModel(config=config, add_pooling_layer=False),
            "vision_proj": nn.Linear(HIDDEN, WIDTH),
            "text_proj": nn.Linear(HIDDEN, WIDTH),
        }
    )


@torch.no_grad()
def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("original", type=Path, help="the original's repository")
    given.add_argument("kind", choices=("albef", "blip"))
    given.add_argument("out", type=Path)
    arguments = given.parse_args()
    sys.path.insert(0, str(arguments.original))
    stand_in()
    torch.manual_seed(0)
    model = original(arguments.kind).eval()
    for name, parameter in model.named_parameters():
        is_norm = parameter.ndim == 1 and name.endswith("weight")
        nn.init.normal_(parameter, mean=float(is_norm), std=0.2 if parameter.ndim == 1 else 0.6)
    pixels = torch.randn(3, 3, SIDE, SIDE)
    ids = torch.randint(5, WORDS, (4, 9))
    mask = (torch.arange(9) < torch.tensor([9, 6, 3, 2])[:, None]).long()
    ids = ids * mask
    text = model["text_encoder"](ids, attention_mask=mask, return_dict=True, mode="text")
    text_vectors = normalize(model["text_proj"](text.last_hidden_state[:, 0]), dim=-1)
    seen = model["visual_encoder"](pixels)
    image_vectors = normalize(model["vision_proj"](seen[:, 0]), dim=-1)
    save_file(
        {
            **{f"state/{name}": value for name, value in model.state_dict().items()},
            "pixels": pixels,
            "input_ids": ids,
            "attention_mask": mask,
            "text_vectors": text_vectors,
            "image_vectors": image_vectors,
        },
        arguments.out,
        {"made_by": "tools/dense_fixture.py"},
    )


if __name__ == "__main__":
    main()
