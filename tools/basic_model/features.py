"""Stage "features": the backbone over every picture -> ``features.npz``.

pooled float16 [pictures, 1280], logits float16 [pictures, 1000], in the order of the rows; and for
the pictures of nothing ``nothing.npz``, a kind an array of the features of all regions,
[pictures, 5, 1280].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image

from lsr_opensearch.encoders.basic.picture import Picture
from tools.basic_model.backbone import open_session
from tools.basic_model.nothing import KINDS, draw
from tools.basic_model.workspace import Row, Workspace

_BATCH = 32
_NOTHINGS_PER_KIND = 150
NOTHING_SEED = 1

Floats = npt.NDArray[np.float32]


def run(work: Workspace) -> None:
    Image.MAX_IMAGE_PIXELS = None
    session = open_session(work.file("backbone.onnx"), work.threads)
    regions, logits = _encode(session, batches(work.rows()))
    np.savez(
        work.file("features.npz"),
        pooled=regions[:, 0].astype(np.float16),
        logits=logits.astype(np.float16),
    )
    nothing = {
        kind.__name__: _encode(session, [draw(kind, _NOTHINGS_PER_KIND, NOTHING_SEED)])[0]
        for kind in KINDS
    }
    np.savez(work.file("nothing.npz"), **nothing)


def _encode(
    session: onnxruntime.InferenceSession, pictures: Iterable[npt.NDArray[np.uint8]]
) -> tuple[Floats, Floats]:
    """Features of the regions [n, 5, 1280] and logits [n, 1000] of batches of pictures."""
    parts = [session.run(None, {"pictures": batch}) for batch in pictures]
    regions, logits = (np.concatenate(part) for part in zip(*parts, strict=True))
    return regions, logits


def batches(rows: list[Row]) -> Iterator[npt.NDArray[np.uint8]]:
    """Prepared pictures, uint8 [up to 32, 224, 224, 3]; the next batch is decoded meanwhile."""

    def load(first: int) -> npt.NDArray[np.uint8]:
        chosen = rows[first : first + _BATCH]
        return np.stack([Picture.load(row.path).network_input() for row in chosen])

    with ThreadPoolExecutor(1) as executor:
        upcoming = executor.submit(load, 0)
        for first in range(_BATCH, len(rows) + _BATCH, _BATCH):
            batch = upcoming.result()
            if first < len(rows):
                upcoming = executor.submit(load, first)
            yield batch
