"""Stage "evaluate": the held-out figures of a model directory -> ``metrics.json`` and a table.

Held-out stamps of tuxpaint: each caption is a query over the pictures of its split; none of them
was trained on. Then pictures of nothing, which should get few words and weak ones.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lsr_opensearch.encoders.basic.colours import COLOURS
from lsr_opensearch.encoders.basic.image import ImageEncoder
from lsr_opensearch.encoders.basic.text import TextEncoder
from lsr_opensearch.terms import TermWeights, dot
from tools.basic_model.metrics import Ranking
from tools.basic_model.nothing import KINDS, draw
from tools.basic_model.workspace import Row, Workspace

_NOTHINGS_PER_KIND = 25
_EVALUATION_SEED = 2
# What the recipe expects: R@1, R@10, MRR@10.
EXPECTED = {
    "stamps val": (28.3, 46.8, 33.7),
    "stamps val, photo-like": (43.2, 65.3, 51.2),
    "stamps test": (27.9, 55.2, 37.3),
    "stamps test, photo-like": (47.4, 71.1, 54.8),
}


@dataclass(frozen=True)
class Nothing:
    """What pictures of one kind of nothing got beside colours: number and heaviest of each."""

    kind: str
    words: list[int]
    heaviest: list[float]


def run(work: Workspace, out: Path) -> None:
    Image.MAX_IMAGE_PIXELS = None
    text = TextEncoder(out)
    images = ImageEncoder(out, text.vocabulary.words, work.threads)
    rows = [row for row in work.rows() if row.source == "stamps"]
    start = time.perf_counter()
    pictures = images.encode([row.path for row in rows])
    milliseconds = 1000 * (time.perf_counter() - start) / len(rows)
    queries = [text.query(row.captions[0]) for row in rows]
    metrics: dict[str, object] = {}
    print(f"  {'':26}{'R@1 / R@10 / MRR@10':24}expected")
    for name, chosen in held_out_sets(rows).items():
        ranking = rank([rows[i] for i in chosen], chosen, queries, pictures)
        print(f"  {name:26}{ranking!s:24}{' / '.join(map(str, EXPECTED[name]))}")
        metrics[name] = {
            "R@1": round(ranking.recall_at_1, 1),
            "R@10": round(ranking.recall_at_10, 1),
            "MRR@10": round(ranking.mrr_at_10, 1),
            "queries": ranking.queries,
        }
    metrics["terms per picture"] = round(float(np.mean([len(terms) for terms in pictures])), 1)
    metrics["terms per query"] = round(float(np.mean([len(terms) for terms in queries])), 1)
    print(f"  {metrics['terms per picture']} terms a picture, {metrics['terms per query']} a query")
    print(f"  {milliseconds:.1f} ms a picture, decoding included")
    heaviest = float(
        np.median([max(beside_colours(terms).values(), default=0) for terms in pictures])
    )
    print(f"  heaviest word of a stamp: {heaviest:.2f}; of pictures of nothing, beside colours:")
    nothing = measure_nothing(images)
    for kind in nothing:
        print(
            f"  {kind.kind:20}{np.mean(kind.words):5.1f} words on average, "
            f"heaviest {np.mean(kind.heaviest):.2f}"
        )
    words = np.concatenate([kind.words for kind in nothing])
    metrics["pictures of nothing"] = {
        "pictures": len(words),
        "mean words beside colours": round(float(np.mean(words)), 1),
        "percent with more than ten": round(100 * float(np.mean(words > 10)), 1),
    }
    work.file("metrics.json").write_text(json.dumps(metrics, indent=2))


def held_out_sets(rows: list[Row]) -> dict[str, list[int]]:
    """The numbers of the rows of each measured set."""
    sets = {}
    for split in ("val", "test"):
        own = [i for i, row in enumerate(rows) if row.split == split]
        sets[f"stamps {split}"] = own
        sets[f"stamps {split}, photo-like"] = [i for i in own if rows[i].photo]
    return sets


def rank(
    rows: list[Row], chosen: list[int], queries: list[TermWeights], pictures: list[TermWeights]
) -> Ranking:
    """Each row's caption as a query over the pictures of all the rows."""
    scores = np.array([[dot(queries[i], pictures[j]) for j in chosen] for i in chosen])
    captions = [row.captions[0].lower().strip() for row in rows]
    return Ranking.of(scores, np.array([[a == b for b in captions] for a in captions]))


def measure_nothing(images: ImageEncoder) -> list[Nothing]:
    """Fresh pictures of every kind of nothing."""
    measured = []
    for kind in KINDS:
        drawn = [Image.fromarray(p) for p in draw(kind, _NOTHINGS_PER_KIND, _EVALUATION_SEED)]
        words = [beside_colours(terms) for terms in images.encode(drawn)]
        measured.append(
            Nothing(
                kind=kind.__name__.replace("_", " "),
                words=[len(own) for own in words],
                heaviest=[max(own.values(), default=0) for own in words],
            )
        )
    return measured


def beside_colours(terms: TermWeights) -> TermWeights:
    return {term: weight for term, weight in terms.items() if term not in COLOURS}
