"""Do vectors and a dense model belong together?"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import torch
from torch.nn.functional import cosine_similarity

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.dense import DenseModel
from lsr_opensearch.dense.running import Tokens
from lsr_opensearch.errors import ModelError

_LOOKED_AT = 32
# A text that every model and every way of encoding reads whole.
_MOST_WORDS = 20
# Rounding in half precision costs a thousandth; another model, even one tuned from it, more.
_ALIKE = 0.99


def check_fits(width: int, whose: str, dense: DenseModel) -> None:
    """Make sure that a dense model gives vectors of a width.

    Args:
        whose: who wants them so, with its verb: "The head takes".

    Raises:
        ModelError: it gives vectors of another width.
    """
    towers = {"texts": dense.text, "pictures": dense.image}
    for given, tower in towers.items():
        if tower is not None and tower.width != width:
            raise ModelError(
                f"{whose} vectors of {width} numbers, and the dense model {dense.name!r} "
                f"gives {tower.width} for {given}.",
                "Name the dense model that belongs to it: --dense-model NAME|DIR",
            )


def check_encodes(dense: DenseModel, dataset: DenseDataset, data: Path) -> None:
    """Make sure that the vectors of a data set are of a dense model, by a few captions.

    Captions with punctuation are left out: published vectors are of captions without it. Where all
    have some, nothing is checked.

    Args:
        data: where the data set lies, for the message.

    Raises:
        ModelError: they are of another model.
    """
    plain = (row for row, caption in enumerate(dataset.captions) if _is_plain(caption))
    rows = list(islice(plain, _LOOKED_AT))
    if not rows:
        return
    with torch.no_grad():
        found = dense.text(*Tokens(dense.text)([dataset.captions[row] for row in rows]))
    held = torch.from_numpy(dataset.caption_vectors[rows])
    # The median: a few captions may have been read otherwise.
    alike = float(cosine_similarity(found, held).median())
    if not alike > _ALIKE:
        raise ModelError(
            f"The vectors of {data} are not of the dense model {dense.name!r}: those of captions "
            f"have a cosine of {alike:.2f} with what it makes of them, and should have 1.",
            "Name the model that they are of: --dense-model NAME|DIR",
        )


def _is_plain(caption: str) -> bool:
    words = caption.split(" ")
    return len(words) <= _MOST_WORDS and all(word.isalnum() for word in words)
