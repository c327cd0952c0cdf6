"""The two sides of a data set, shard by shard: picture files and captions -> vectors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import torch

from lsr_opensearch.datasets.dataset import Vectors
from lsr_opensearch.dense.look_ahead import look_ahead
from lsr_opensearch.dense.running import Runner, Tokens
from lsr_opensearch.dense.settings import EncodingSettings
from lsr_opensearch.dense.shards import Shard
from lsr_opensearch.encoders.networks.picture_input import PictureInput
from lsr_opensearch.errors import ImageError


def encoded_captions(
    captions: Sequence[str],
    wanted: Sequence[range],
    run: Runner,
    tokens: Tokens,
    settings: EncodingSettings,
) -> Iterator[Shard]:
    """The shards of these rows of the captions."""
    for rows in wanted:
        vectors = np.zeros((len(rows), run.width), np.float32)
        for some in _batches(len(rows), settings.batch):
            vectors[some] = run(*tokens([captions[rows.start + place] for place in some]))
        yield Shard(vectors)


def encoded_pictures(
    files: Sequence[Path],
    wanted: Sequence[range],
    run: Runner,
    seen: PictureInput,
    settings: EncodingSettings,
) -> Iterator[Shard]:
    """The shards of these rows of the pictures; decoding goes on while the network works.

    Raises:
        ImageError: a picture cannot be decoded, unless such are left out.
    """

    def decoded(row: int) -> Vectors | ImageError:
        try:
            return seen.pixels(files[row])
        except ImageError as error:
            return error

    pixels = look_ahead(
        decoded,
        chain.from_iterable(wanted),
        workers=settings.workers or os.cpu_count() or 1,
        most=2 * settings.batch,
    )
    for rows in wanted:
        vectors = np.zeros((len(rows), run.width), np.float32)
        bad: dict[int, str] = {}
        for some in _batches(len(rows), settings.batch):
            good: dict[int, Vectors] = {}
            for place, one in zip(some, islice(pixels, len(some)), strict=True):
                if not isinstance(one, ImageError):
                    good[place] = one
                elif settings.skip_bad:
                    bad[place] = one.message
                else:
                    raise bad_picture(one.message) from one
            if good:
                vectors[list(good)] = run(torch.from_numpy(seen.batch(list(good.values()))))
        yield Shard(vectors, bad)


def bad_picture(message: str) -> ImageError:
    """What is said where no picture may be left out."""
    return ImageError(message, "Mend or remove it; or leave such pictures out: --skip-bad")


def _batches(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))
