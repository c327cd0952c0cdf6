"""`lsr-os data`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes

from .data_encode import encode


@click.group("data")
def command() -> None:
    """Data sets to train and evaluate on."""


@command.command("planted")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR")
@click.option("--train", default=Sizes.train, show_default=True, type=click.IntRange(min=1))
@click.option("--val", default=Sizes.val, show_default=True, type=click.IntRange(min=1))
@click.option("--test", default=Sizes.test, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--vocabulary",
    default=PlantedSettings.vocabulary,
    show_default=True,
    type=click.IntRange(min=1000),
    help="Words that a head may say; most are never said by a caption.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
def planted(out: Path, train: int, val: int, test: int, vocabulary: int, seed: int) -> None:
    """Write a data set whose truth is known: captions from a grammar, planted dense vectors.

    \b
      lsr-os data planted --out planted

    The files are those of the published data sets of dense vectors (img_embs.parquet,
    text_embs.parquet, dataset_meta.json); beside them lie the true meanings of the words and the
    dense model. --train, --val and --test say how many images; each has five captions.
    """
    from lsr_opensearch.datasets.planted.writing import write_planted

    settings = PlantedSettings(vocabulary=vocabulary)
    dataset = write_planted(out, sizes=Sizes(train, val, test), settings=settings, seed=seed)
    images, captions = len(dataset.image_ids), len(dataset.captions)
    click.echo(f"{out}: {amount(images, 'image')} with {amount(captions, 'caption')}")


command.add_command(encode)
