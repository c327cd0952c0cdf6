"""Trainings of tiny rivals: they learn, and a kill at any step changes nothing."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lsr_opensearch.datasets.pictures import read_pictures
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import DatasetError, ImageError, TrainingError, UsageError
from lsr_opensearch.training.rivals.backbones import load_image_backbone, load_text_backbone
from lsr_opensearch.training.rivals.decoding import decoded
from lsr_opensearch.training.rivals.lexical import Rival
from lsr_opensearch.training.rivals.pairs import Pairs
from lsr_opensearch.training.rivals.run import Inputs, build_rival, train_on
from lsr_opensearch.training.rivals.settings import (
    PRESETS,
    RIVALS,
    Precision,
    RivalName,
    RivalSettings,
)
from lsr_opensearch.training.rivals.trainer import Data, Trained, train_rival
from lsr_opensearch.training.rivals.validation import validate
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.training.rivals.conftest import Given
from tests.training.rivals.toys import SIDE, draw

SHORT = replace(PRESETS["lexlip"]["quick"], batch=10, epochs=3)
# By chance, one picture of twelve.
CHANCE = 100 / 12


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def new_rival(
    given: Given, settings: RivalSettings, backbone: Path | None = None
) -> tuple[Rival, PictureInput]:
    torch.manual_seed(0)
    image = load_image_backbone(backbone or given.vit)
    text = load_text_backbone(given.bert)
    rival = build_rival(image, text, Vocabulary(text.tokenizer_file), settings)
    return rival, image.picture_input


def pairs(given: Given, split: str) -> Pairs:
    dataset = read_pictures(given.shapes / "dataset_meta.json", given.shapes)
    return Pairs.of(dataset.split(split), given.bert / "tokenizer.json", 40)


def trained(
    given: Given,
    settings: RivalSettings,
    folder: Path,
    *,
    killed_at: int | None = None,
    backbone: Path | None = None,
) -> Trained:
    rival, picture = new_rival(given, settings, backbone)
    data = Data(pairs(given, "train"), pairs(given, "val"), picture)

    def on_step(done: int, total: int) -> None:
        if done == killed_at:
            raise Killed

    folder.mkdir(exist_ok=True)
    return train_rival(rival, data, settings, folder, on_step=on_step)


@pytest.mark.parametrize("name", RIVALS)
def test_a_few_pictures_are_learned(name: RivalName, given: Given, tmp_path: Path) -> None:
    settings = replace(PRESETS[name]["quick"], batch=12, epochs=30, rate=3e-3)
    found = trained(given, settings, tmp_path)
    first, *_, last = (row["contrastive"] for row in found.progress.rows)
    assert last < first / 2
    _, picture = new_rival(given, settings)
    assert validate(found.rival, pairs(given, "train"), picture).recall_at_1 > 3 * CHANCE


def test_regularisation_leaves_fewer_words(given: Given, tmp_path: Path) -> None:
    settings = replace(PRESETS["lexlip"]["quick"], batch=12, epochs=8, rate=3e-3)
    cheap, dear = (
        trained(given, replace(settings, text_weight=w, image_weight=w), tmp_path / f"{w}")
        for w in (0.0, 10.0)
    )
    shared = [one.progress.rows[-1]["flops"] for one in (cheap, dear)]
    assert shared[1] < shared[0]


def test_the_first_losses_are_those_of_the_equations(given: Given, tmp_path: Path) -> None:
    """Before the first step, without dropout: InfoNCE at 0.05, and 0.002 FLOPS on each side."""
    settings = replace(PRESETS["lexlip"]["paper"], batch=12, epochs=1)
    rival, picture = new_rival(given, settings)
    without_dropout(rival)
    train = pairs(given, "train")
    one_each = replace(
        train, tokens=train.tokens[::2], image_of_text=train.image_of_text[::2].clone()
    )
    pixels = next(iter(decoded([one_each.files], picture)))
    with torch.no_grad():
        images = rival.eval().images(pixels).double().numpy()
        texts = rival.texts(*one_each.text_batch(range(12))).double().numpy()
    scores = images @ texts.T / 0.05
    losses = [np.mean(np.log(np.exp(one).sum(1)) - np.diag(one)) for one in (scores, scores.T)]
    flops = [(side.mean(0) ** 2).sum() for side in (images, texts)]
    data = Data(one_each, one_each, picture)
    row = train_rival(rival, data, settings, tmp_path).progress.rows[0]
    assert row["contrastive"] == pytest.approx(sum(losses) / 2, rel=1e-4)
    assert row["regularisation"] == pytest.approx(0.002 * sum(flops), rel=1e-4)


def without_dropout(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        elif hasattr(module, "dropout_prob"):
            module.dropout_prob = 0.0


def test_a_training_in_half_precision_is_near_one_in_full(given: Given, tmp_path: Path) -> None:
    full, half = (
        trained(given, replace(SHORT, epochs=1, precision=one), tmp_path / one).progress.rows[0]
        for one in get_args(Precision)
    )
    assert 1e-6 < abs(half["contrastive"] / full["contrastive"] - 1) < 0.02


def test_only_a_learned_temperature_moves(given: Given, tmp_path: Path) -> None:
    moved = {}
    for name in RIVALS:
        settings = replace(PRESETS[name]["quick"], batch=12, epochs=2, rate=1e-2)
        found = trained(given, settings, tmp_path / name)
        moved[name] = found.progress.rows[-1]["temperature"] != pytest.approx(
            settings.temperature, rel=1e-5
        )
    assert moved == {"lexlip": False, "stair": True}


def test_a_kill_at_any_step_changes_nothing(given: Given, tmp_path: Path) -> None:
    whole = trained(given, SHORT, tmp_path / "whole")
    steps = 3 * 3
    for step in (1, 3, 4, steps):
        folder = tmp_path / f"{step}"
        with pytest.raises(Killed):
            trained(given, SHORT, folder, killed_at=step)
        resumed = trained(given, SHORT, folder)
        for name, value in whole.rival.state_dict().items():
            assert torch.equal(resumed.rival.state_dict()[name], value), (step, name)
        assert measured(resumed) == measured(whole)


def measured(found: Trained) -> list[dict[str, float]]:
    return [
        {name: value for name, value in row.items() if name != "train_seconds"}
        for row in found.progress.rows
    ]


def test_another_rivals_training_is_not_gone_on_with(given: Given, tmp_path: Path) -> None:
    trained(given, replace(SHORT, epochs=1), tmp_path)
    with pytest.raises(TrainingError, match="other settings: rival 'lexlip' and now 'stair'"):
        trained(given, replace(SHORT, epochs=1, rival="stair"), tmp_path)


@pytest.mark.parametrize("changed", ["captions", "pictures"])
def test_another_data_set_is_not_gone_on_with(changed: str, given: Given, tmp_path: Path) -> None:
    once = replace(SHORT, epochs=1)
    trained(given, once, tmp_path)
    other = Given(tmp_path / "other", given.bert, given.vit, given.beit)
    shutil.copytree(given.shapes, other.shapes)
    if changed == "captions":
        file = other.shapes / "dataset_meta.json"
        file.write_text(file.read_text().replace("a red circle", "a red square"))
    else:
        draw(other.shapes / "pictures" / "train-red-circle.png", "red", "circle", 9)
    with pytest.raises(TrainingError, match="begun with other data"):
        trained(other, once, tmp_path)


def test_a_data_set_that_was_moved_is_gone_on_with(given: Given, tmp_path: Path) -> None:
    once = replace(SHORT, epochs=1)
    first = trained(given, once, tmp_path)
    moved = Given(tmp_path / "moved", given.bert, given.vit, given.beit)
    shutil.copytree(given.shapes, moved.shapes)
    assert trained(moved, once, tmp_path).progress == first.progress


def test_another_backbone_is_not_gone_on_with(given: Given, tmp_path: Path) -> None:
    once = replace(SHORT, epochs=1)
    trained(given, once, tmp_path)
    with pytest.raises(TrainingError, match="other weights to start from"):
        trained(given, once, tmp_path, backbone=given.beit)


def test_a_loss_that_is_no_number_ends_it(given: Given, tmp_path: Path) -> None:
    rival, picture = new_rival(given, SHORT)
    nn.init.constant_(rival.images.head.logits.predictions.bias, float("nan"))
    data = Data(pairs(given, "train"), pairs(given, "val"), picture)
    with pytest.raises(TrainingError, match="loss is nan at step 1"):
        train_rival(rival, data, SHORT, tmp_path)


def test_a_gpu_whose_memory_is_too_small_is_told(given: Given, tmp_path: Path) -> None:
    rival, picture = new_rival(given, SHORT)
    data = Data(pairs(given, "train"), pairs(given, "val"), picture)

    def on_step(done: int, total: int) -> None:
        raise torch.cuda.OutOfMemoryError

    with pytest.raises(TrainingError, match="too small for batches of 10") as told:
        train_rival(rival, data, SHORT, tmp_path, on_step=on_step)
    assert "--batch 5" in told.value.next_step


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    draw(good, "red", "circle", 0)
    bad.write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"bad\.png: "):
        list(decoded([[good, bad]], PictureInput(SIDE, SIDE)))


def test_pictures_come_in_order_and_only_a_few_batches_ahead(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(8)]
    for number, file in enumerate(files):
        draw(file, f"rgb({30 * number}, 0, 0)", "square", 0)
    asked = 0

    def batches() -> Iterator[list[Path]]:
        nonlocal asked
        for file in files:
            asked += 1
            yield [file]

    picture = PictureInput(SIDE, SIDE)
    coming = decoded(batches(), picture, ahead=2)
    assert inspect.isgenerator(coming)
    first = next(coming)
    assert asked == 3
    rest = list(coming)
    expected = [torch.from_numpy(picture.pixels(file))[None] for file in files]
    assert all(map(torch.equal, [first, *rest], expected))


def test_captions_are_cut_and_padded(given: Given) -> None:
    dataset = read_pictures(given.shapes / "dataset_meta.json", given.shapes).split("train")
    cut = Pairs.of(dataset, given.bert / "tokenizer.json", 6)
    ids, mask = cut.text_batch([0, 1])
    assert ids.shape == (2, 6)
    assert mask.tolist() == [[1, 1, 1, 1, 1, 0], [1] * 6]
    assert ids[:, 0].tolist() == [2, 2]


def test_every_caption_comes_once_an_epoch(given: Given) -> None:
    train = pairs(given, "train")

    def order(seed: int) -> Tensor:
        return torch.cat(list(train.batches(7, seed)))

    assert sorted(order(1).tolist()) == list(range(24))
    assert torch.equal(order(1), order(1))
    assert not torch.equal(order(1), order(2))


def test_nothing_else_is_trained_over(given: Given, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    inputs = Inputs(given.shapes, given.shapes, str(given.vit), str(given.bert))
    with pytest.raises(UsageError, match=f"{tmp_path} is not empty"):
        train_on(inputs, SHORT, tmp_path)


def test_a_finished_model_is_not_trained_over(given: Given, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    inputs = Inputs(given.shapes, given.shapes, str(given.vit), str(given.bert))
    with pytest.raises(TrainingError, match="finished model already"):
        train_on(inputs, SHORT, tmp_path)


def test_a_device_that_is_not_there_is_told(given: Given, tmp_path: Path) -> None:
    inputs = Inputs(given.shapes, given.shapes, "a", "b", device="cuda:99")
    with pytest.raises(UsageError, match="The device 'cuda:99' cannot be used"):
        train_on(inputs, SHORT, tmp_path / "out")


def test_pictures_that_are_not_there_are_told(given: Given, tmp_path: Path) -> None:
    inputs = Inputs(given.shapes, tmp_path, str(given.vit), str(given.bert))
    with pytest.raises(DatasetError, match="names 24 of 24 pictures that are not in"):
        train_on(inputs, SHORT, tmp_path / "out")


def test_a_data_set_without_a_split_to_validate_on_is_told(given: Given, tmp_path: Path) -> None:
    shutil.copytree(given.shapes, tmp_path / "data")
    file = tmp_path / "data" / "dataset_meta.json"
    file.write_text(file.read_text().replace('"val"', '"test"'))
    inputs = Inputs(file, tmp_path / "data", str(given.vit), str(given.bert))
    with pytest.raises(TrainingError, match="has no picture in the split 'val', and training"):
        train_on(inputs, SHORT, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch", 1),
        ("epochs", 0),
        ("warm_up", 2.0),
        ("regularisation_warm_up", -1.0),
        ("temperature", 0.0),
        ("rate", 0.0),
        ("rate", float("inf")),
        ("text_weight", -1e-3),
        ("image_weight", float("nan")),
        ("weight_decay", -0.1),
        ("rival", "clip"),
        ("precision", "fp8"),
    ],
)
def test_a_bad_setting_is_told(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"^{name} is"):
        replace(SHORT, **{name: value})


def test_lexlips_settings_are_those_of_its_published_fine_tuning() -> None:
    paper = PRESETS["lexlip"]["paper"]
    assert (paper.temperature, paper.learns_temperature) == (0.05, False)
    assert (paper.text_weight, paper.image_weight) == (2e-3, 2e-3)
    assert (paper.batch, paper.epochs, paper.rate, paper.warm_up) == (1536, 10, 5e-5, 0.1)
    assert (paper.weight_decay, paper.most_gradient, paper.most_tokens) == (0.01, 1.0, 40)
