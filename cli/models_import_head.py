"""`lsr-os models import-head`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.errors import MissingExtraError

from .output import note, working


@click.command("import-head")
@click.argument("head", metavar="NAME|DIR")
@click.option(
    "--dense-model",
    required=True,
    metavar="NAME|DIR",
    help="The dense model that the head was trained for.",
)
@click.option(
    "--tokenizer",
    metavar="NAME|DIR",
    help="Where the tokenizer.json of its words lies. [default: the language model it names]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A data set of dense vectors, whose captions make the table for queries without a "
    "network. [default: each word alone]",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="MODEL")
def command(
    head: str, dense_model: str, tokenizer: str | None, data: Path | None, out: Path
) -> None:
    """Make a model of a D2S head that its authors published.

    \b
      lsr-os models import-head lsr42/d2s_mscoco-blip-dense_q_reg_0.001_d_reg_0.001 \\
          --dense-model Salesforce/blip-itm-base-coco --out d2s-blip-coco
      lsr-os index ~/Pictures --model d2s-blip-coco

    Each NAME is a repository of the Hugging Face hub. Needs: pip install 'lsr-opensearch[torch]'
    """
    try:
        from lsr_opensearch.training.d2s.import_head import Parts, import_head
    except ImportError as error:
        raise MissingExtraError("Importing heads", "torch") from error
    with working("Writing the model"):
        published = import_head(Parts(head, dense_model, tokenizer, data), out)
    click.echo(f"{out}: {published.words:,} words, from vectors of {published.width} numbers")
    note(f"Index pictures with it: lsr-os index FOLDER --model {out}")
