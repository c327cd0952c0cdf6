"""What training costs: D2S on frozen backbones against LexLIP and STAIR, which train them whole.

.venv-torch/bin/python -m benchmarks.training_cost [--rounds 3]

The same random backbones for all (ViT-S at 128 x 128 pixels in patches of 16, a BERT of four layers
and 30,522 words, both of width 384), the same pairs, epochs and batch, on the processor. D2S
encodes every picture and caption once, and trains its head on the vectors; the others train both
networks in every epoch. Each runs in a process of its own, one after the other, in rounds. An
epoch's time has its validation (16 pairs) in it; peak memory is the process's own, torch included.
Ratios are taken within a round, the median with the lowest and the highest behind, and of the
processor's time, which others on the machine do not lengthen as they lengthen the clock's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from benchmarks.pictures import make_pictures
from benchmarks.results import tell
from lsr_opensearch.datasets.dataset import Dataset, DenseDataset, PictureDataset
from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.datasets.split_file import write_split_file
from lsr_opensearch.training.checkpoints import Progress
from lsr_opensearch.training.d2s.examples import Examples
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.settings import D2SSettings
from lsr_opensearch.training.d2s.trainer import train_d2s
from lsr_opensearch.training.making import peak_bytes
from lsr_opensearch.training.rivals.backbones import (
    ImageBackbone,
    TextBackbone,
    load_image_backbone,
    load_text_backbone,
)
from lsr_opensearch.training.rivals.decoding import decoded
from lsr_opensearch.training.rivals.pairs import Pairs
from lsr_opensearch.training.rivals.run import build_rival
from lsr_opensearch.training.rivals.settings import PRESETS
from lsr_opensearch.training.rivals.trainer import Data, train_rival
from lsr_opensearch.training.vocabulary import Vocabulary

PAIRS, VALIDATION, EPOCHS, BATCH = 96, 16, 3, 32
WORDS, WIDTH, LAYERS, TEXT_LAYERS, SIDE = 30_522, 384, 12, 4, 128
DENSE_WIDTH, CAPTION_WORDS = 256, 10
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WAYS = ("d2s", "lexlip", "stair")


def write_given(folder: Path) -> None:
    """The data set, and the backbones' configurations."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, ViTConfig

    count = PAIRS + VALIDATION
    make_pictures(folder, count, (320, 240))
    words = [f"word{number}" for number in range(WORDS - len(SPECIAL))]
    random = np.random.default_rng(0)
    captions = [" ".join(random.choice(words, CAPTION_WORDS)) for _ in range(count)]
    ids = tuple(map(str, range(count)))
    splits = ("train",) * PAIRS + ("val",) * VALIDATION
    dataset = Dataset(ids, splits, ids, tuple(captions), np.arange(count))
    names = [f"{number:06}.jpg" for number in range(count)]
    write_split_file(folder / "dataset_meta.json", dataset, "cost", names)
    shared = {"hidden_size": WIDTH, "num_attention_heads": 6, "intermediate_size": 4 * WIDTH}
    vit = ViTConfig(**shared, num_hidden_layers=LAYERS, image_size=SIDE)
    vit.save_pretrained(folder / "vit")
    bert = BertConfig(**shared, num_hidden_layers=TEXT_LAYERS, vocab_size=WORDS)
    bert.save_pretrained(folder / "bert")
    numbers = {word: number for number, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(one, numbers[one]) for one in ("[CLS]", "[SEP]")]
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(folder / "bert" / "tokenizer.json"))


def backbones(folder: Path) -> tuple[ImageBackbone, TextBackbone]:
    torch.manual_seed(0)
    image = load_image_backbone(folder / "vit", random_start=True)
    return image, load_text_backbone(folder / "bert", random_start=True)


def rival(name: str, folder: Path) -> tuple[float, Progress]:
    """Seconds of encoding, and the training's progress."""
    image, text = backbones(folder)
    settings = replace(PRESETS[name]["quick"], batch=BATCH, epochs=EPOCHS)
    made = build_rival(image, text, Vocabulary(text.tokenizer_file), settings)
    train, validation = splits(folder, text)
    data = Data(train[1], validation[1], image.picture_input)
    return 0.0, train_rival(made, data, settings, folder).progress


def d2s(folder: Path) -> tuple[float, Progress]:
    image, text = backbones(folder)
    heads = nn.Linear(WIDTH, DENSE_WIDTH), nn.Linear(WIDTH, DENSE_WIDTH)
    begun = time.monotonic()
    dense = [vectors(image, text, heads, *one) for one in splits(folder, text)]
    encoding = time.monotonic() - begun
    vocabulary = Vocabulary(text.tokenizer_file)
    examples = [Examples.of(one, vocabulary) for one in dense]
    head = D2SHead(DENSE_WIDTH, WIDTH, WORDS, vocabulary.special)
    head.vocab_projector.weight.data.copy_(text.mlm_head.predictions.decoder.weight)
    del image, text
    settings = D2SSettings(batch=BATCH, epochs=EPOCHS)
    return encoding, train_d2s(head, *examples, settings, folder).progress


def splits(folder: Path, text: TextBackbone) -> list[tuple[PictureDataset, Pairs]]:
    dataset = read_pictures(folder / "dataset_meta.json", folder)
    parts = [dataset.split(name) for name in ("train", "val")]
    return [(one, Pairs.of(one, text.tokenizer_file, 40)) for one in parts]


@torch.no_grad()
def vectors(
    image: ImageBackbone,
    text: TextBackbone,
    heads: tuple[nn.Linear, nn.Linear],
    dataset: PictureDataset,
    pairs: Pairs,
) -> DenseDataset:
    """What a frozen dense model of these backbones makes of a split."""

    def vector(head: nn.Linear, hidden: Tensor) -> Tensor:
        return normalize(head(hidden[:, 0]))

    parts = [
        range(start, min(start + BATCH, len(pairs.files)))
        for start in range(0, len(pairs.files), BATCH)
    ]
    image.network.eval()
    text.network.eval()
    pictures = decoded(([pairs.files[row] for row in rows] for rows in parts), image.picture_input)
    of_images = [
        vector(heads[0], image.network(pixel_values=pixels).last_hidden_state)
        for pixels in pictures
    ]
    of_texts = []
    for rows in parts:
        ids, mask = pairs.text_batch(rows)
        hidden = text.network(input_ids=ids, attention_mask=mask).last_hidden_state
        of_texts.append(vector(heads[1], hidden))
    return DenseDataset(
        dataset.image_ids,
        dataset.image_splits,
        dataset.caption_ids,
        dataset.captions,
        dataset.image_of_caption,
        image_vectors=torch.cat(of_images).numpy(),
        caption_vectors=torch.cat(of_texts).numpy(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--method", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--given", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.method:
        _measure(options.method, options.given)
        return
    rounds = [{name: _in_a_process(name) for name in WAYS} for _ in range(options.rounds)]

    def middle(name: str, column: str) -> float:
        return statistics.median(one[name][column] for one in rounds)

    def ratio(name: str, column: str) -> str:
        found = [one[name][column] / one["d2s"][column] for one in rounds]
        spread = f" ({min(found):.2f} to {max(found):.2f})" if name != "d2s" else ""
        return f"{statistics.median(found):.2f}{spread}"

    tell(
        "training_cost",
        [
            {
                "method": name,
                "encode_s": middle(name, "encode_s"),
                "epoch_s": middle(name, "epoch_s"),
                "all_s": middle(name, "all_s"),
                "cpu_s": middle(name, "cpu_s"),
                "cpu_ratio": ratio(name, "cpu_s"),
                "peak_mib": middle(name, "peak_mib"),
                "peak_ratio": ratio(name, "peak_mib"),
            }
            for name in WAYS
        ],
        rounds=options.rounds,
        pairs=PAIRS,
        epochs=EPOCHS,
        batch=BATCH,
        torch=torch.__version__,
        threads=torch.get_num_threads(),
    )


def _in_a_process(name: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="lsr-cost-") as folder:
        write_given(Path(folder))
        module = [sys.executable, "-m", "benchmarks.training_cost"]
        done = subprocess.run(
            [*module, "--method", name, "--given", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _measure(name: str, folder: Path) -> None:
    begun = time.process_time()
    encoding, progress = d2s(folder) if name == "d2s" else rival(name, folder)
    told = {
        "encode_s": encoding,
        "epoch_s": progress.seconds / EPOCHS,
        "all_s": encoding + progress.seconds,
        "cpu_s": time.process_time() - begun,
        "peak_mib": peak_bytes() / 2**20,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
