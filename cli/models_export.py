"""`lsr-os models export`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.errors import UsageError

from .options import json_option
from .output import note, print_json, print_table, working


@click.command("export")
@click.argument("model", metavar="MODEL")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR")
@click.option("--precision", type=click.Choice(["fp32", "int8"]), required=True)
@click.option(
    "--side",
    type=click.Choice(["both", "query"]),
    default="both",
    show_default=True,
    help="With int8: all networks, which makes a space of its own; or the text network alone, for "
    "queries to indexes of the model.",
)
@click.option(
    "--dense-model",
    metavar="NAME|DIR",
    help="Write the networks of this dense model, where the model was trained without.",
)
@click.option(
    "--texts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Texts to compare on, one a line. [default: a few captions]",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pictures to compare on. [default: none]",
)
@json_option
def command(
    model: str,
    out: Path,
    precision: str,
    side: str,
    dense_model: str | None,
    texts: Path | None,
    images: Path | None,
    as_json: bool,
) -> None:
    """Copy a model with smaller networks, or with those that it lacks.

    \b
      lsr-os models export d2s-blip-coco --precision int8 --out d2s-int8
      lsr-os models export d2s-blip-coco --precision int8 --side query --out d2s-search
      lsr-os models export model --precision fp32 --dense-model DIR --out model-with-networks

    What int8 costs is shown: the largest difference of a weight, and how many of the 20 heaviest
    words stay. Needs: pip install 'lsr-opensearch[torch]'
    """
    from lsr_opensearch.training.exported import Exported, Wish, export_model

    given = {"texts": _lines(texts)} if texts else {}
    pictures = _pictures(images) if images else ()
    wish = Wish(precision, side, dense_model, pictures=pictures, **given)  # type: ignore[arg-type]
    with working("Writing the model"):
        exported: Exported = export_model(model, out, wish)
    if as_json:
        print_json({"model": str(out), **exported.as_json()})
        return
    rows = []
    for network in exported.networks:
        found = network.difference
        cost: list[object] = ["", "", ""]
        if found is not None:
            cost = [
                f"{found.largest:.3f} of {found.largest_weight:.3f}",
                f"{found.agreement:.1%}",
                found.inputs,
            ]
        rows.append([network.name, network.bytes_before, network.bytes_after, *cost])
    print_table(
        ("network", "bytes before", "after", "largest difference", "top 20 kept", "compared on"),
        rows,
        numeric=("bytes before", "after", "compared on"),
    )
    if exported.is_same_space:
        note(f"Search indexes of {model} with it: lsr-os search --model {out}")
    else:
        note(f"Its words weigh otherwise. Rebuild an index for it: lsr-os reindex --model {out}")


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error}).", "Give a file of texts.") from error
    if not any(lines):
        raise UsageError(f"{file} has no text.", "Write one a line.")
    return [line for line in lines if line]


def _pictures(folder: Path) -> list[Path]:
    from lsr_opensearch.images import PHOTO_SUFFIXES

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.", "Give a folder of pictures: --images DIR")
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PHOTO_SUFFIXES]
    if not found:
        raise UsageError(f"{folder} has no picture.", "Give a folder of pictures: --images DIR")
    return found
