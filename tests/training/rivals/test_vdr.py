"""The published VDR, in small: its files become a model that says what its equations say."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import BertModel

from lsr_opensearch.cli import run
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ModelError, UsageError
from lsr_opensearch.training.rivals.import_vdr import import_vdr
from tests.conftest import PHOTOS, Finished
from tests.evaluation.contract import check_figures
from tests.training.rivals.conftest import Given
from tests.training.rivals.toys import WORDS, bert_config, write_tokenizer

Command = Callable[..., Finished]
Floats = npt.NDArray[np.float64]
TOKENS = (*WORDS, "ü", "[unused0]", "cats")
# Special tokens, and "ü".
NOT_WORDS = (0, 1, 2, 3, 4, len(WORDS), len(WORDS) + 1)
IS_WORD = [number for number in range(len(TOKENS)) if number not in NOT_WORDS]
WIDTH, HEADS, LAYERS, SIDE, PATCH = 16, 2, 2, 24, 8


def write_vdr(folder: Path) -> dict[str, Tensor]:
    """Random weights in the layout of the published model; gives them."""
    torch.manual_seed(4)
    sizes = bert_config().to_dict() | {"vocab_size": len(TOKENS), "initializer_range": 0.3}
    config = type(bert_config())(**sizes)
    bert = BertModel(config, add_pooling_layer=False)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1.weight": (WIDTH, 3, PATCH, PATCH),
        "positional_embedding": ((SIDE // PATCH) ** 2, WIDTH),
        "ln_pre.weight": (WIDTH,),
        "ln_pre.bias": (WIDTH,),
        "ln_post.weight": (WIDTH,),
        "ln_post.bias": (WIDTH,),
        "proj": (len(IS_WORD), WIDTH),
    }
    for layer in range(LAYERS):
        shapes |= {
            f"transformer.resblocks.{layer}.{name}": shape
            for name, shape in {
                "attn.in_proj_weight": (3 * WIDTH, WIDTH),
                "attn.in_proj_bias": (3 * WIDTH,),
                "attn.out_proj.weight": (WIDTH, WIDTH),
                "attn.out_proj.bias": (WIDTH,),
                "ln_1.weight": (WIDTH,),
                "ln_1.bias": (WIDTH,),
                "mlp.c_fc.weight": (4 * WIDTH, WIDTH),
                "mlp.c_fc.bias": (4 * WIDTH,),
                "mlp.c_proj.weight": (WIDTH, 4 * WIDTH),
                "mlp.c_proj.bias": (WIDTH,),
                "ln_2.weight": (WIDTH,),
                "ln_2.bias": (WIDTH,),
            }.items()
        }
    held = {f"encoder_p.{name}": 0.4 * torch.randn(shape) for name, shape in shapes.items()}
    held |= {f"encoder_q.bert_model.{name}": one for name, one in bert.state_dict().items()}
    held |= {f"encoder_q.ln.{name}": torch.randn(config.hidden_size) for name in ("weight", "bias")}
    folder.mkdir(parents=True)
    save_file({name: one.contiguous() for name, one in held.items()}, folder / "model.safetensors")
    text = {name: sizes[name] for name in ("vocab_size", "hidden_size", "num_hidden_layers")}
    text |= {name: sizes[name] for name in ("num_attention_heads", "intermediate_size")}
    described = {
        "encoder_q": text | {"type": "vdr_crossmodal_text", "model_id": "bert-base-uncased"},
        "encoder_p": {
            "type": "vdr_crossmodal_image",
            "resolution": SIDE,
            "patch_size": PATCH,
            "width": WIDTH,
            "layers": LAYERS,
            "heads": HEADS,
        },
    }
    (folder / "config.json").write_text(json.dumps(described))
    write_tokenizer(folder / "tokenizer.json", TOKENS)
    return held


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vdr") / "published"
    write_vdr(folder)
    return folder


@pytest.fixture(scope="module")
def model(published: Path) -> Path:
    """By the command, once."""
    out = published.parent / "vdr"
    assert run(["models", "import-vdr", str(published), "--out", str(out)]) == 0
    return out


def normed(hidden: Floats, held: dict[str, Floats], name: str) -> Floats:
    hidden = hidden - hidden.mean(-1, keepdims=True)
    hidden = hidden / np.sqrt((hidden**2).mean(-1, keepdims=True) + 1e-5)
    return hidden * held[f"{name}.weight"] + held[f"{name}.bias"]


def image_hidden(pixels: Floats, held: dict[str, Floats]) -> Floats:
    """CLIP's ViT without its class token, one picture, step by step."""
    across = SIDE // PATCH
    patches = [
        pixels[:, row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH].ravel()
        for row in range(across)
        for column in range(across)
    ]
    hidden = np.stack(patches) @ held["conv1.weight"].reshape(WIDTH, -1).T
    hidden = normed(hidden + held["positional_embedding"], held, "ln_pre")
    each = WIDTH // HEADS
    for layer in range(LAYERS):
        name = f"transformer.resblocks.{layer}"
        projected = normed(hidden, held, f"{name}.ln_1") @ held[f"{name}.attn.in_proj_weight"].T
        query, key, value = np.split(projected + held[f"{name}.attn.in_proj_bias"], 3, -1)
        seen = []
        for start in range(0, WIDTH, each):
            part = slice(start, start + each)
            scores = np.exp(query[:, part] @ key[:, part].T / np.sqrt(each))
            seen.append(scores / scores.sum(-1, keepdims=True) @ value[:, part])
        attended = np.concatenate(seen, -1) @ held[f"{name}.attn.out_proj.weight"].T
        hidden = hidden + attended + held[f"{name}.attn.out_proj.bias"]
        wide = normed(hidden, held, f"{name}.ln_2") @ held[f"{name}.mlp.c_fc.weight"].T
        wide = wide + held[f"{name}.mlp.c_fc.bias"]
        wide = wide / (1 + np.exp(-1.702 * wide))
        hidden = hidden + wide @ held[f"{name}.mlp.c_proj.weight"].T
        hidden = hidden + held[f"{name}.mlp.c_proj.bias"]
    return normed(hidden, held, "ln_post")


def terms(hidden: Floats, vectors: Floats) -> dict[str, float]:
    """elu1p of the largest product over the positions, of length 1, for the words alone."""
    largest = (hidden @ vectors.T).max(0)
    weights = np.where(largest > 0, largest + 1, np.exp(np.minimum(largest, 0)))
    weights /= np.linalg.norm(weights)
    return {TOKENS[number]: float(one) for number, one in zip(IS_WORD, weights, strict=True)}


def numbers_under(published: Path, prefix: str) -> dict[str, Floats]:
    held = load_file(published / "model.safetensors")
    return {
        name.removeprefix(prefix): one.double().numpy()
        for name, one in held.items()
        if name.startswith(prefix)
    }


def test_a_picture_weighs_what_the_equations_say(model: Path, published: Path) -> None:
    photo = PHOTOS / "chelsea-cat.jpg"
    held = numbers_under(published, "encoder_p.")
    # Of the published code: cut from the middle, by CLIP's means and deviations.
    pixels = PictureInput(SIDE, SIDE, "crop").pixels(photo).astype(np.float64)
    expected = terms(image_hidden(pixels, held), held["proj"])
    (found,) = load_encoder(model).encode_images([photo])
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_text_weighs_what_the_equations_say(model: Path, published: Path) -> None:
    held = numbers_under(published, "encoder_q.")
    config = type(bert_config())(**bert_config().to_dict() | {"vocab_size": len(TOKENS)})
    bert = BertModel(config, add_pooling_layer=False).eval()
    prefix = "bert_model."
    bert.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(one).float()
            for name, one in held.items()
            if name.startswith(prefix)
        }
    )
    ids = torch.tensor([[2, TOKENS.index("red"), TOKENS.index("cats"), 3]])
    with torch.no_grad():
        hidden = bert(input_ids=ids).last_hidden_state[0].double().numpy()
    vectors = held["bert_model.embeddings.word_embeddings.weight"][IS_WORD]
    expected = terms(normed(hidden, held, "ln"), vectors)
    # Beside a longer text, so that it is padded.
    found, _ = load_encoder(model).encode_queries(["red cats", "the red circles on the square ."])
    assert found == pytest.approx(expected, abs=1e-4)


def test_the_768_heaviest_words_are_kept(model: Path) -> None:
    described = json.loads((model / "model.json").read_text())
    assert set(described["pruning"].values()) == {768}
    assert described["space_id"].startswith("vdr-")


def test_tokens_that_are_no_words_are_no_terms(model: Path) -> None:
    encoder = load_encoder(model)
    (found,) = encoder.encode_images([Image.new("RGB", (30, 30), "red")])
    assert set(found) == {TOKENS[number] for number in IS_WORD}
    assert encoder.literal_terms(["ü red"]) == [[("red",)]]


def test_pictures_are_indexed_and_searched(lsr_os: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    shutil.copy(PHOTOS / "chelsea-cat.jpg", tmp_path / "photos")
    where = ("--url", "i.sqlite", "--model", model)
    assert lsr_os("index", "photos", *where).out == "photos: 1 new\n"
    assert "chelsea-cat.jpg" in lsr_os("search", "red", *where).out


def test_it_is_evaluated_on_pictures(lsr_os: Command, model: Path, given: Given) -> None:
    done = lsr_os("eval", "--model", model, "--data", given.shapes, "--split", "val", "--json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    check_figures(found)
    # elu1p is never 0.
    assert found["terms_image"] == found["terms_text"] == found["flops"] == len(IS_WORD)


def damaged(published: Path, folder: Path, change: Callable[[dict[str, Tensor]], object]) -> Path:
    shutil.copytree(published, folder)
    held = load_file(folder / "model.safetensors")
    change(held)
    save_file(held, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda held: held.pop("encoder_p.proj"), "lacks 'encoder_p.proj' (1 missing, 0 too many)"),
        (
            lambda held: held.update({"encoder_p.more": torch.zeros(1)}),
            "has 'encoder_p.more' (0 missing, 1 too many)",
        ),
        (
            lambda held: held.update({"encoder_q.ln.bias": torch.zeros(7)}),
            "'encoder_q.ln.bias' is (7,), and should be (32,)",
        ),
        (
            lambda held: held.update({"encoder_p.proj": torch.zeros(9, WIDTH)}),
            f"'encoder_p.proj' is (9, 16), and should be ({len(IS_WORD)}, 16)",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named(
    published: Path, tmp_path: Path, change: Callable[[dict[str, Tensor]], object], says: str
) -> None:
    folder = damaged(published, tmp_path / "damaged", change)
    with pytest.raises(ModelError, match=re.escape(says)):
        import_vdr(folder, None, tmp_path / "out")


def test_nothing_is_written_over(published: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UsageError, match=f"{tmp_path} is not empty"):
        import_vdr(published, None, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_pickle_is_refused(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(published, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="a pickle"):
        import_vdr(folder, None, tmp_path / "out")


def test_another_model_is_refused(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(published, folder)
    config = json.loads((folder / "config.json").read_text())
    config["encoder_p"]["type"] = "vdr"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="no encoder_p of the type 'vdr_crossmodal_image'"):
        import_vdr(folder, None, tmp_path / "out")


def test_a_tokenizer_is_asked_for_and_must_be_its_own(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "without"
    shutil.copytree(published, folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer\.json") as told:
        import_vdr(folder, None, tmp_path / "out")
    assert "--tokenizer DIR" in told.value.next_step
    write_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match=r"has 24 tokens, and .* 21"):
        import_vdr(folder, tmp_path, tmp_path / "out")
