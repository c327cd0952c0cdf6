"""`lsr-os data encode`"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.errors import MissingExtraError, UsageError
from lsr_opensearch.indexing.captions import read_captions

from .output import note
from .progress import progress_bar

if TYPE_CHECKING:
    from lsr_opensearch.datasets.dataset import Dataset, PictureDataset
    from lsr_opensearch.dense.settings import Precision

SOME_LEFT_OUT = 3
_SHOWN = 20


@click.command("encode")
@click.argument("images", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    "--dense-model",
    required=True,
    metavar="NAME|DIR",
    help="BLIP or CLIP in the layout of transformers, by folder or name on the hub; or a converted "
    "ALBEF.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--split-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Karpathy's split file, whose file names are relative to FOLDER.",
)
@click.option(
    "--captions",
    "caption_files",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Captions, as `lsr-os index` takes them. May be given several times.",
)
@click.option("--device", default="cpu", show_default=True, metavar="cpu|cuda")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "bf16"]),
    default="fp32",
    show_default=True,
    help="bf16: faster on a GPU, to some three digits.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    help="Pictures that go through the network at once.",
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave out pictures that cannot be decoded, and list them."
)
def encode(
    images: Path,
    dense_model: str,
    out: Path,
    split_file: Path | None,
    caption_files: tuple[str, ...],
    device: str,
    precision: Precision,
    batch: int,
    skip_bad: bool,
) -> int:
    """Make a data set of dense vectors from pictures and their captions.

    \b
      lsr-os data encode coco --split-file dataset_coco.json \\
          --dense-model Salesforce/blip-itm-base-coco --out coco-blip
      lsr-os data encode ~/Pictures --captions captions.tsv --dense-model blip --out mine
      lsr-os train d2s --data mine --dense-model blip --mlm-head distilbert --out model

    Without --split-file the captions come from where `lsr-os index` takes them, pictures without
    any are left out, and each picture goes to train, val or test by its name, 8 : 1 : 1.
    Interrupted, the same command goes on where it was. Needs: pip install 'lsr-opensearch[torch]'
    """
    if split_file is not None and caption_files:
        raise UsageError("A split file has the captions, too.", "Leave --captions out.")
    try:
        from lsr_opensearch.dense import load_dense_model
        from lsr_opensearch.dense.settings import EncodingSettings
        from lsr_opensearch.dense.vectors import encode_into
    except ImportError as error:
        raise MissingExtraError("Encoding data sets", "torch") from error
    pictures = _pictures(images, split_file, caption_files)
    model = load_dense_model(dense_model)
    settings = EncodingSettings(device, precision, batch, skip_bad)
    with progress_bar("encoding", unit="items", quiet=False) as on_progress:
        encoded = encode_into(out, pictures, images, model, settings, on_progress)
    dataset, left_out = encoded.dataset, encoded.left_out
    shown = amount(len(dataset.image_ids), "picture"), amount(len(dataset.captions), "caption")
    click.echo(f"{out}: {shown[0]} with {shown[1]}, vectors of {dataset.width} numbers")
    for reason in list(left_out.values())[:_SHOWN]:
        note(f"Left out: {reason}")
    if len(left_out) > _SHOWN:
        note(f"... and {len(left_out) - _SHOWN:,} more were left out.")
    _say_what_is_next(out, dense_model, dataset)
    return SOME_LEFT_OUT if left_out else 0


def _say_what_is_next(out: Path, dense_model: str, dataset: Dataset) -> None:
    from lsr_opensearch.datasets.dataset import TEST, TRAIN, VAL

    lacking = dataset.lacks(TRAIN, VAL, TEST)
    if lacking:
        note(
            f"Note: no picture is in {' or '.join(lacking)}. Training needs train and val, and "
            "evaluation test: take more pictures, or say which goes where: --split-file FILE"
        )
    if TRAIN not in lacking and VAL not in lacking:
        data, model = shlex.quote(str(out)), shlex.quote(dense_model)
        note(
            f"Train on it: lsr-os train d2s --data {data} --dense-model {model} "
            "--mlm-head NAME|DIR --out MODEL"
        )


def _pictures(
    images: Path, split_file: Path | None, caption_files: tuple[str, ...]
) -> PictureDataset:
    if split_file is not None:
        from lsr_opensearch.datasets.pictures import read_pictures

        return read_pictures(split_file, images)
    from lsr_opensearch.indexing.picture_dataset import captioned_pictures

    found = captioned_pictures(images, [read_captions(file) for file in caption_files])
    for line in found.notes:
        note(f"Note: {line}")
    if found.without:
        note(f"Left out, having no caption: {amount(found.without, 'picture')}.")
    return found.dataset
