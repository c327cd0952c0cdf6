"""`lsr-os train lexlip` and `lsr-os train stair`"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lsr_opensearch.errors import MissingExtraError
from lsr_opensearch.training.rivals.settings import PRESETS, RivalName

from .output import note
from .progress import progress_bar

_OPTIONS = (
    click.option(
        "--data",
        required=True,
        type=click.Path(path_type=Path),
        metavar="DIR|FILE",
        help="A split file, or the folder with its dataset_meta.json.",
    ),
    click.option(
        "--images",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where its pictures are. [default: the split file's folder]",
    ),
    click.option("--image-backbone", required=True, metavar="NAME|DIR", help="A ViT or BEiT."),
    click.option("--text-backbone", required=True, metavar="NAME|DIR", help="A BERT."),
    click.option(
        "--random-start",
        is_flag=True,
        help="Take the backbones' sizes from their config.json, and no weights.",
    ),
    click.option("--out", required=True, type=click.Path(path_type=Path), metavar="MODEL"),
    click.option(
        "--preset", type=click.Choice(["paper", "quick"]), default="paper", show_default=True
    ),
    click.option("--epochs", type=click.IntRange(min=1)),
    click.option("--batch", type=click.IntRange(min=2), help="Pairs in a step."),
    click.option("--rate", type=float, help="Learning rate."),
    click.option("--text-weight", type=float, help="Weight of the FLOPS regulariser on texts."),
    click.option("--image-weight", type=float, help="The same on pictures."),
    click.option("--seed", type=click.IntRange(min=0)),
    click.option("--precision", type=click.Choice(["fp32", "bf16"])),
    click.option("--device", default="cpu", show_default=True, metavar="cpu|cuda"),
)


def _command(rival: RivalName, help_text: str) -> click.Command:
    def train(**given: Any) -> None:
        _train(rival, **given)

    command: Any = train
    for option in reversed(_OPTIONS):
        command = option(command)
    made: click.Command = click.command(rival, help=help_text)(command)
    return made


def _train(
    rival: RivalName,
    data: Path,
    images: Path | None,
    image_backbone: str,
    text_backbone: str,
    random_start: bool,
    out: Path,
    preset: str,
    device: str,
    **given: Any,
) -> None:
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = replace(PRESETS[rival][preset], **chosen)
    try:
        from lsr_opensearch.training.rivals.run import Inputs, train_on
    except ImportError as error:
        raise MissingExtraError("Training", "torch") from error
    images = images or (data if data.is_dir() else data.parent)
    inputs = Inputs(data, images, image_backbone, text_backbone, random_start, device)
    with progress_bar("training", unit="steps", quiet=False) as on_step:
        trained = train_on(inputs, settings, out, on_step)
    progress = trained.progress
    best = progress.rows[progress.best_epoch - 1]
    click.echo(
        f"{out}: R@1 {best['recall_at_1']:.1f} on validation after epoch {progress.best_epoch} of "
        f"{progress.epochs}, FLOPs {best['flops']:.2f}, {best['image_terms']:.0f} words an image, "
        f"{progress.seconds:.0f} s"
    )
    note(f"Search with it: lsr-os index {images} --model {out}")


lexlip = _command(
    "lexlip",
    """Train LexLIP: a BEiT or ViT and a BERT, whole, on pictures with captions.

    \b
      lsr-os train lexlip --data flickr30k --images flickr30k-images --out model \\
        --image-backbone microsoft/beit-base-patch16-224-pt22k-ft22k \\
        --text-backbone google-bert/bert-base-uncased

    Killed, the same command goes on where it was, to the same result.
    """,
)
stair = _command(
    "stair",
    """Train STAIR: a ViT or BEiT and a BERT, whole, at a temperature that is learned.

    \b
      lsr-os train stair --data flickr30k --images flickr30k-images --out model \\
        --image-backbone google/vit-base-patch16-224-in21k \\
        --text-backbone google-bert/bert-base-uncased

    Killed, the same command goes on where it was, to the same result.
    """,
)
