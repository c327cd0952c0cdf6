"""`lsr-os models convert-albef`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.errors import MissingExtraError

from .output import note, working


@click.command("convert-albef")
@click.argument("checkpoint", type=click.Path(path_type=Path), metavar="CHECKPOINT")
@click.option(
    "--tokenizer",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with the tokenizer.json or vocab.txt of bert-base-uncased.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR")
def command(checkpoint: Path, tokenizer: Path, out: Path) -> None:
    """Make a dense model of a checkpoint that the authors of ALBEF published.

    \b
      lsr-os models convert-albef mscoco.pth --tokenizer bert-base-uncased --out albef-coco
      lsr-os data encode val2014 --split-file dataset_coco.json --dense-model albef-coco --out data

    The .pth is a pickle: it is read so that no code in it runs, and written as safetensors.
    Needs: pip install 'lsr-opensearch[torch]'
    """
    try:
        from lsr_opensearch.dense.albef_checkpoint import convert_albef
    except ImportError as error:
        raise MissingExtraError("Converting checkpoints", "torch") from error
    with working("Converting"):
        sizes = convert_albef(checkpoint, tokenizer, out)
    side = sizes.image_side
    click.echo(f"{out}: vectors of {sizes.width} numbers, pictures of {side} x {side} pixels")
    note(f"Encode pictures with it: lsr-os data encode FOLDER --dense-model {out} --out DATA")
