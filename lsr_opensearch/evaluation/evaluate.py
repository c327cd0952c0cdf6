"""Everything that is measured of a model on one split of a data set."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt

from lsr_opensearch.datasets.dataset import Dataset, DenseDataset
from lsr_opensearch.encoders.basic.words import split_words
from lsr_opensearch.engines.port import Index
from lsr_opensearch.evaluation.agreement import kendall, pearson
from lsr_opensearch.evaluation.cost import flops, mean_terms
from lsr_opensearch.evaluation.deviation import exact_at, semantic_at
from lsr_opensearch.evaluation.encoding import Encoded
from lsr_opensearch.evaluation.figures import Agreement, Evaluation, Words
from lsr_opensearch.evaluation.ranking import Effectiveness, Relevant, effectiveness
from lsr_opensearch.evaluation.retrieval import Retrieved, fill, retrieve, retrieve_dense
from lsr_opensearch.indexing.report import Progress

Floats = npt.NDArray[np.float32]
# Word -> its static vector, of length 1.
Meanings = Mapping[str, Floats]
# An index with no documents, which need not exist yet; it does not any more afterwards.
NewIndex = Callable[[], AbstractContextManager[Index]]


def measure(
    encoded: Encoded,
    dataset: Dataset,
    new_index: NewIndex,
    meanings: Meanings | None = None,
    dense: DenseDataset | None = None,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Search an encoded split in both directions, and measure.

    Args:
        dataset: the split.
        new_index: opens an index to search in; called once for each direction.
        meanings: for Semantic@k.
        dense: the same split as dense vectors, to compare with.
        on_progress: called with how many queries are through, and how many there are.
    """
    found, index_bytes = _searched(encoded, new_index, on_progress)
    wanted = judgements(dataset)
    texts, images = list(encoded.queries.values()), list(encoded.images.values())
    said = [split_words(caption) for caption in dataset.captions]
    compared = None if dense is None else evaluate_dense(dense)
    return Evaluation(
        captions=len(texts),
        images=len(images),
        found=found,
        effectiveness={name: _effectiveness(one, wanted, name) for name, one in found.items()},
        flops=flops(texts, images),
        terms_image=mean_terms(images),
        terms_text=mean_terms(texts),
        words=Words(
            exact=exact_at(texts, said),
            semantic=None if meanings is None else semantic_at(texts, said, meanings),
        ),
        index_bytes=index_bytes,
        table=encoded.table,
        agreement=Agreement() if compared is None else _agreement(found, compared.found, wanted),
        dense=compared,
    )


def evaluate_dense(dataset: DenseDataset) -> Evaluation:
    """What the dense vectors themselves find, by all products of all vectors.

    Every number of a vector takes part in every product: FLOPs is their width.
    """
    found, wanted = dense_runs(dataset), judgements(dataset)
    return Evaluation(
        captions=len(dataset.captions),
        images=len(dataset.image_ids),
        found=found,
        effectiveness={name: _effectiveness(one, wanted, name) for name, one in found.items()},
        flops=dataset.width,
        terms_image=dataset.width,
        terms_text=dataset.width,
        index_bytes=dataset.image_vectors.nbytes,
    )


def judgements(dataset: Dataset) -> dict[str, Relevant]:
    """What is relevant: ``t2i``: the image of a caption; ``i2t``: all captions of an image."""
    own: dict[str, list[str]] = {image: [] for image in dataset.image_ids}
    for caption, row in zip(dataset.caption_ids, dataset.image_of_caption, strict=True):
        own[dataset.image_ids[row]].append(caption)
    images = {caption: (image,) for image, captions in own.items() for caption in captions}
    return {"t2i": images, "i2t": own}


def dense_runs(dataset: DenseDataset) -> dict[str, Retrieved]:
    """The runs of the dense vectors in both directions."""
    images = (dataset.image_ids, dataset.image_vectors)
    texts = (dataset.caption_ids, dataset.caption_vectors)
    return {"t2i": retrieve_dense(*images, *texts), "i2t": retrieve_dense(*texts, *images)}


def _searched(
    encoded: Encoded, new_index: NewIndex, on_progress: Progress | None
) -> tuple[dict[str, Retrieved], int]:
    """The runs, ``t2i-table`` among them where there is a table, and the bytes of the images."""
    by_table = encoded.table.queries if encoded.table else {}
    total, done = len(encoded.queries) + len(by_table) + len(encoded.images), 0

    def on_query() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total)

    found = {}
    with new_index() as index:
        index_bytes = fill(index, encoded.images)
        found["t2i"] = retrieve(index, encoded.queries, on_query)
        if by_table:
            found["t2i-table"] = retrieve(index, by_table, on_query)
    with new_index() as index:
        fill(index, encoded.captions)
        found["i2t"] = retrieve(index, encoded.images, on_query)
    return found, index_bytes


def _effectiveness(found: Retrieved, wanted: Mapping[str, Relevant], name: str) -> Effectiveness:
    return effectiveness(found.run, wanted[name.partition("-")[0]])


def _agreement(
    found: Mapping[str, Retrieved], dense: Mapping[str, Retrieved], wanted: Mapping[str, Relevant]
) -> Agreement:
    taus = [kendall(found[name].run, dense[name].run) for name in dense]
    measured = [tau for tau in taus if tau is not None]
    return Agreement(
        kendall=statistics.fmean(measured) if len(measured) == len(taus) else None,
        pearson=pearson(found["t2i"].run, dense["t2i"].run, wanted["t2i"]),
    )
