"""`lsr-os train`"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from lsr_opensearch.errors import MissingExtraError
from lsr_opensearch.training.d2s.names import LEVELS
from lsr_opensearch.training.d2s.settings import PRESETS, D2SSettings, Precision, read_config

from .output import note
from .progress import progress_bar
from .train_rivals import lexlip, stair


@click.group("train")
def command() -> None:
    """Train models. Needs: pip install 'lsr-opensearch[torch]'"""


command.add_command(lexlip)
command.add_command(stair)


@command.command("d2s")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A data set of dense vectors, such as `lsr-os data planted` writes.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="MODEL")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="paper", show_default=True)
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings in TOML.")
@click.option("--control", type=click.Choice(LEVELS), help="Expansion control. [default: both]")
@click.option(
    "--control-images",
    is_flag=True,
    default=None,
    help="Mask images by their own captions, too: an ablation, since it tells an image in training "
    "which caption is its own.",
)
@click.option("--epochs", type=click.IntRange(min=1))
@click.option("--batch", type=click.IntRange(min=1), help="Pairs in a step.")
@click.option("--text-weight", type=float, help="Weight of the regulariser on texts, lambda_q.")
@click.option("--image-weight", type=float, help="The same on images, lambda_d.")
@click.option("--patience", type=click.IntRange(min=0), help="End after so many epochs in vain.")
@click.option("--seed", type=click.IntRange(min=0))
@click.option("--precision", type=click.Choice(get_args(Precision)), help="Of the large products.")
@click.option(
    "--mlm-head",
    metavar="NAME|DIR",
    help="Masked language model that the words start from. [default: the data's word vectors]",
)
@click.option(
    "--dense-model",
    metavar="NAME|DIR",
    help="The model that the vectors are of. [default: the one in the data set's folder]",
)
@click.option("--device", default="cpu", show_default=True, metavar="cpu|cuda")
def d2s(
    data: Path,
    out: Path,
    preset: str,
    config: Path | None,
    mlm_head: str | None,
    dense_model: str | None,
    device: str,
    **given: Any,
) -> None:
    """Train a D2S head on the vectors of a frozen dense model.

    \b
      lsr-os train d2s --data planted --preset quick --out model
      lsr-os eval --model model --data planted

    What the options say goes before --config, and that before --preset. Killed, the same command
    goes on where it was, to the same result.
    """
    settings = _settings(preset, config, given)
    try:
        from lsr_opensearch.training.d2s.run import Inputs, train_on
    except ImportError as error:
        raise MissingExtraError("Training", "torch") from error
    with progress_bar("training", unit="steps", quiet=False) as on_step:
        trained = train_on(Inputs(data, dense_model, mlm_head, device), settings, out, on_step)
    best = trained.progress.rows[trained.progress.best_epoch - 1]
    click.echo(
        f"{out}: R@1 {best['recall_at_1']:.1f} on validation after epoch "
        f"{trained.progress.best_epoch} of {trained.progress.epochs}, FLOPs {best['flops']:.2f}, "
        f"{best['image_terms']:.0f} words an image, {trained.progress.seconds:.0f} s"
    )
    note(f"Evaluate it: lsr-os eval --model {out} --data {data}")


def _settings(preset: str, config: Path | None, given: dict[str, Any]) -> D2SSettings:
    settings = PRESETS[preset]
    if config is not None:
        settings = read_config(config, settings)
    return replace(settings, **{name: value for name, value in given.items() if value is not None})
