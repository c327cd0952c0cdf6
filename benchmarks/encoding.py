"""How close does the library come to its bare networks?

.venv-torch/bin/python -m benchmarks.encoding [--rounds 3]

Networks of random weights with a head over 30,522 words, exported as training exports them. The
bare network is an onnxruntime session with its defaults, fed arrays that are ready: pictures in
batches of the same size, texts in batches of one length. Against it, pictures through a whole
`sync` of a folder of 1-megapixel JPEGs, decoded while others are encoded; and texts, of which one
in twenty is long, through `encode_captions`. The frozen tower that `lsr-os data encode` runs is a
torch module: the same pictures through its shards, against the module fed ready batches. Always
both in the same run, in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import BertConfig, BertModel, ViTConfig, ViTModel

from benchmarks.pictures import make_pictures
from benchmarks.results import tell
from lsr_opensearch.cores import usable_cores
from lsr_opensearch.dense.running import Runner
from lsr_opensearch.dense.settings import EncodingSettings
from lsr_opensearch.dense.sides import encoded_pictures
from lsr_opensearch.dense.tower import ImageTower
from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.encoders.networks.files import (
    IMAGE_NETWORK,
    SPECIAL,
    TEXT_NETWORK,
    TOKENIZER,
    VOCABULARY,
    write_lines,
)
from lsr_opensearch.encoders.networks.image import ROWS
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.encoders.runtime import onnxruntime
from lsr_opensearch.engines import open_engine
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.scope import folder_scope
from lsr_opensearch.indexing.sync import SyncOptions, sync
from lsr_opensearch.models.description import FILE_NAME, FORMAT
from lsr_opensearch.training.d2s.export import ImageChain, TextChain
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.onnx_files import export_image_network, export_text_network

WORDS, WIDTH, HIDDEN, SIDE = 30_522, 256, 768, 224
# Network -> its width, layers and heads, and how many pictures a round takes: as many batches for
# each of two or four cores, else some idle at the end of so short a run.
PICTURES = {"pictures, ViT-S/16": (384, 12, 6, 64), "pictures, ViT-B/16": (768, 12, 12, 32)}
PICTURE_SIZE = (1152, 864)
TEXTS = 256
# As `lsr-os data encode` runs by default, and how many pictures a round takes.
SETTINGS, DENSE = EncodingSettings(), 32
# Of a round: things a second, and CPU milliseconds a thing.
Round = Callable[[], tuple[float, float]]


class Tower(nn.Module):
    """A transformer's first vector, projected; of texts or pictures."""

    def __init__(self, network: nn.Module, width: int) -> None:
        super().__init__()
        self.network, self.projection = network, nn.Linear(width, WIDTH)

    def forward(self, *inputs: Tensor) -> Tensor:
        vectors: Tensor = self.projection(self.network(*inputs).last_hidden_state[:, 0])
        return vectors


class PictureTower(ImageTower):
    """The same of pictures, as a dense model has it."""

    def __init__(self, network: nn.Module, width: int) -> None:
        super().__init__()
        self.tower, self.width = Tower(network, width), WIDTH
        self.picture_input = PictureInput(SIDE, SIDE)

    def forward(self, pixel_values: Tensor) -> Tensor:
        vectors: Tensor = self.tower(pixel_values)
        return vectors


def head() -> D2SHead:
    made = D2SHead(WIDTH, HIDDEN, WORDS, (0, 1))
    # A trained head leaves a few hundred words; a random one half of them.
    nn.init.constant_(made.vocab_projector.bias, -1.3)
    return made


def make_model(directory: Path, width: int, layers: int, heads: int) -> Path:
    """A model directory with an image side, and a small text side."""
    directory.mkdir()
    torch.manual_seed(0)
    shape = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }
    vision = vision_network(**shape)
    picture = PictureInput(SIDE, SIDE)
    picture.write(directory)
    export_image_network(
        directory / IMAGE_NETWORK, ImageChain(Tower(vision, width), head()), picture
    )
    shape["num_hidden_layers"] = layers // 2
    text = BertModel(BertConfig(vocab_size=WORDS, **shape), add_pooling_layer=False)
    export_text_network(directory / TEXT_NETWORK, TextChain(Tower(text, width), head()))
    words = ["[PAD]", "[UNK]", *(f"word{number}" for number in range(WORDS - 2))]
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(directory / TOKENIZER))
    write_lines(directory / VOCABULARY, words)
    write_lines(directory / SPECIAL, words[:2])
    described = {
        "format": FORMAT,
        "kind": "d2s",
        "name": directory.name,
        "version": "1.0",
        "space_id": directory.name,
        "sides": ["image", "caption", "query"],
        "pruning": {"image_terms": 512, "caption_terms": 512},
        **dict.fromkeys(("summary", "limits", "licence"), ""),
        "metrics": {},
    }
    (directory / FILE_NAME).write_text(json.dumps(described), "utf-8")
    return directory


def vision_network(**shape: int) -> nn.Module:
    network: nn.Module = ViTModel(ViTConfig(image_size=SIDE, **shape), add_pooling_layer=False)
    return network


def timed(work: Callable[[], object], count: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return count / seconds, 1000 * cpu / count


def session(directory: Path, name: str) -> Any:
    return onnxruntime.InferenceSession(str(directory / name), providers=["CPUExecutionProvider"])


def bare_pictures(directory: Path, count: int) -> Round:
    network = session(directory, IMAGE_NETWORK)
    batch = np.random.default_rng(0).normal(size=(ROWS, 3, SIDE, SIDE)).astype(np.float32)
    rounds = range(count // ROWS)
    return lambda: timed(
        lambda: [network.run(None, {"pixel_values": batch}) for _ in rounds], count
    )


def bare_tower(tower: PictureTower, count: int) -> Round:
    batch = torch.randn(SETTINGS.batch, 3, SIDE, SIDE)

    @torch.inference_mode()
    def run() -> None:
        for _ in range(count // SETTINGS.batch):
            tower(batch)

    return lambda: timed(run, count)


def encoded_dense(tower: PictureTower, folder: Path, count: int) -> Round:
    files = sorted(folder.iterdir())[:count]
    run = Runner(tower, torch.device("cpu"), SETTINGS.precision)
    shards = [range(count)]
    return lambda: timed(
        lambda: list(encoded_pictures(files, shards, run, tower.picture_input, SETTINGS)), count
    )


def indexed_pictures(folder: Path, encoder: Encoder, scratch: Path, count: int) -> Round:
    """A whole run, into an index of its own."""

    def run(place: Path) -> None:
        index = open_engine(place / "index.sqlite")
        with EncodingCache(place / "cache.sqlite") as cache:
            report = sync(index, encoder, cache, folder_scope(folder, None, ()), SyncOptions())
        index.close()
        if report.new != count:
            raise SystemExit(f"{report.new} of {count} pictures were indexed")

    def one() -> tuple[float, float]:
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            return timed(lambda: run(Path(place)), count)

    return one


def texts_of_many_lengths() -> list[list[int]]:
    """Numbers of words: captions of 8 to 19 words, some descriptions of 60 to 149."""
    random = np.random.default_rng(0)
    lengths = [
        int(random.integers(60, 150) if random.random() < 0.05 else random.integers(8, 20))
        for _ in range(TEXTS)
    ]
    return [random.integers(2, WORDS, length).tolist() for length in lengths]


def bare_texts(directory: Path, texts: list[list[int]]) -> Round:
    network = session(directory, TEXT_NETWORK)
    by_length: defaultdict[int, list[list[int]]] = defaultdict(list)
    for text in texts:
        by_length[len(text)].append(text)
    batches = [np.array(some, np.int64) for some in by_length.values()]
    given = [{"input_ids": ids, "attention_mask": np.ones_like(ids)} for ids in batches]
    return lambda: timed(lambda: [network.run(None, batch) for batch in given], len(texts))


def encoded_texts(encoder: Encoder, texts: list[list[int]]) -> Round:
    written = [" ".join(f"word{number - 2}" for number in text) for text in texts]
    return lambda: timed(lambda: encoder.encode_captions(written), len(texts))


def compared(name: str, bare: Round, library: Round, rounds: int) -> dict[str, Any]:
    # The first round loads the networks.
    bare(), library()
    found = [(bare(), library()) for _ in range(rounds)]
    return {
        "what": name,
        "bare /s": statistics.median(one[0] for one, _ in found),
        "library /s": statistics.median(other[0] for _, other in found),
        "ratio": statistics.median(other[0] / one[0] for one, other in found),
        "bare CPU ms": statistics.median(one[1] for one, _ in found),
        "library CPU ms": statistics.median(other[1] for _, other in found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, (name, (width, layers, heads, count)) in enumerate(PICTURES.items()):
            directory = make_model(Path(scratch) / f"model-{number}", width, layers, heads)
            encoder = load_encoder(directory)
            if not rows:
                texts = texts_of_many_lengths()
                ways = bare_texts(directory, texts), encoded_texts(encoder, texts)
                rows.append(compared("texts, 6 layers of 384", *ways, rounds))
            folder = Path(scratch) / f"pictures-{number}"
            make_pictures(folder, count, PICTURE_SIZE)
            indexing = indexed_pictures(folder, encoder, Path(scratch), count)
            rows.append(compared(name, bare_pictures(directory, count), indexing, rounds))
        tower = PictureTower(vision_network(), 768).eval()
        ways = bare_tower(tower, DENSE), encoded_dense(tower, folder, DENSE)
        rows.append(compared("data encode, ViT-B/16", *ways, rounds))
    tell("encoding", rows, cores=usable_cores(), pixels=SIDE, batch=ROWS, words=WORDS)


if __name__ == "__main__":
    main()
