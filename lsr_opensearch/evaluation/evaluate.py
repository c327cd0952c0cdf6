"""Everything that is measured of a model on one split of a data set of vectors."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.encoders.basic.words import split_words
from lsr_opensearch.engines.port import Index
from lsr_opensearch.evaluation.agreement import kendall
from lsr_opensearch.evaluation.cost import flops, mean_terms
from lsr_opensearch.evaluation.deviation import DEPTH, exact_at, semantic_at
from lsr_opensearch.evaluation.ranking import Effectiveness, Relevant, effectiveness
from lsr_opensearch.evaluation.retrieval import Retrieved, retrieve, retrieve_dense
from lsr_opensearch.terms import TermWeights

Floats = npt.NDArray[np.float32]
# An index that does not exist yet, and does not any more afterwards.
NewIndex = Callable[[], AbstractContextManager[Index]]


class VectorEncoder(Protocol):
    """What can be evaluated on dense vectors."""

    def encode_vectors(self, vectors: Floats) -> list[TermWeights]:
        """Term weights of dense vectors, [count, width]."""


@dataclass(frozen=True)
class Evaluation:
    """What was measured; `as_json` says what is what.

    Attributes:
        t2i, i2t: how well texts find their images, and images their texts.
        dense: the same of the dense vectors, by the names ``t2i`` and ``i2t``.
        found: the runs, by the same names.
        semantic: None where no word vectors were given.
    """

    captions: int
    images: int
    t2i: Effectiveness
    i2t: Effectiveness
    dense: Mapping[str, Effectiveness]
    found: Mapping[str, Retrieved]
    flops: float
    exact: float
    semantic: float | None
    terms_image: float
    terms_text: float
    kendall: float
    width: int

    def as_json(self) -> dict[str, Any]:
        """One object for programs; percent, words, milliseconds and bytes."""
        return {
            "captions": self.captions,
            "images": self.images,
            "t2i": self.t2i.as_json(),
            "i2t": self.i2t.as_json(),
            "flops": round(self.flops, 3),
            f"exact@{DEPTH}": round(self.exact, 2),
            f"semantic@{DEPTH}": None if self.semantic is None else round(self.semantic, 4),
            "terms_image": round(self.terms_image, 1),
            "terms_text": round(self.terms_text, 1),
            "kendall": round(self.kendall, 4),
            "query_ms": round(self.found["t2i"].query_ms, 3),
            "index_bytes": self.found["t2i"].index_bytes,
            "dense": {name: one.as_json() for name, one in self.dense.items()}
            | {"flops": float(self.width), "terms_image": self.width, "terms_text": self.width},
        }


def evaluate(
    encoder: VectorEncoder,
    dataset: DenseDataset,
    new_index: NewIndex,
    meanings: Mapping[str, Floats] | None = None,
) -> Evaluation:
    """Encode a split, search it in both directions, and measure.

    Args:
        dataset: one split.
        new_index: opens an index to search in; called once for each direction.
        meanings: static word vectors of length 1, for Semantic@k.
    """
    images = dict(
        zip(dataset.image_ids, encoder.encode_vectors(dataset.image_vectors), strict=True)
    )
    texts = dict(
        zip(dataset.caption_ids, encoder.encode_vectors(dataset.caption_vectors), strict=True)
    )
    wanted = judgements(dataset)
    found = {}
    for name, documents, queries in (("t2i", images, texts), ("i2t", texts, images)):
        with new_index() as index:
            found[name] = retrieve(index, documents, queries)
    dense = dense_runs(dataset)
    said = [split_words(caption) for caption in dataset.captions]
    vectors = list(texts.values())
    return Evaluation(
        captions=len(texts),
        images=len(images),
        t2i=effectiveness(found["t2i"].run, wanted["t2i"]),
        i2t=effectiveness(found["i2t"].run, wanted["i2t"]),
        dense={name: effectiveness(run, wanted[name]) for name, run in dense.items()},
        found=found,
        flops=flops(vectors, list(images.values())),
        exact=exact_at(vectors, said),
        semantic=None if meanings is None else semantic_at(vectors, said, meanings),
        terms_image=mean_terms(list(images.values())),
        terms_text=mean_terms(vectors),
        kendall=statistics.fmean(kendall(found[name].run, dense[name]) for name in dense),
        width=dataset.width,
    )


def judgements(dataset: DenseDataset) -> dict[str, Relevant]:
    """What is relevant: ``t2i``: the image of a caption; ``i2t``: all captions of an image."""
    own: dict[str, list[str]] = {image: [] for image in dataset.image_ids}
    for caption, row in zip(dataset.caption_ids, dataset.image_of_caption, strict=True):
        own[dataset.image_ids[row]].append(caption)
    images = {caption: (image,) for image, captions in own.items() for caption in captions}
    return {"t2i": images, "i2t": own}


def dense_runs(dataset: DenseDataset) -> dict[str, dict[str, list[str]]]:
    """The runs of the dense vectors in both directions."""
    images = (dataset.image_ids, dataset.image_vectors)
    texts = (dataset.caption_ids, dataset.caption_vectors)
    return {"t2i": retrieve_dense(*images, *texts), "i2t": retrieve_dense(*texts, *images)}
