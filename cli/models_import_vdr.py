"""`lsr-os models import-vdr`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.errors import MissingExtraError

from .output import note, working


@click.command("import-vdr")
@click.argument("model", metavar="NAME|DIR")
@click.option(
    "--tokenizer",
    metavar="NAME|DIR",
    help="Where BERT's tokenizer.json lies. [default: beside the model's files]",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="MODEL")
def command(model: str, tokenizer: str | None, out: Path) -> None:
    """Make a model of the published VDR for pictures and texts.

    \b
      lsr-os models import-vdr vsearch/vdr-cross-modal \\
          --tokenizer google-bert/bert-base-uncased --out vdr
      lsr-os index ~/Pictures --model vdr

    Each NAME is a repository of the Hugging Face hub. Needs: pip install 'lsr-opensearch[torch]'
    """
    try:
        from lsr_opensearch.training.rivals.import_vdr import import_vdr
    except ImportError as error:
        raise MissingExtraError("Importing models", "torch") from error
    with working("Writing the model"):
        import_vdr(model, tokenizer, out)
    click.echo(f"{out}: a model of pictures and texts")
    note(f"Index pictures with it: lsr-os index FOLDER --model {out}")
