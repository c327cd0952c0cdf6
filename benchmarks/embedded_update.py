"""How long it takes to replace one document on the embedded engine, durably and searchable.

    python -m benchmarks.embedded_update [--documents 100000]

Works on a copy of the index that `embedded_query.py` made in the folder. Every update is one
`write` of one document, of 128 image terms and 10 caption terms, with its manifest entry; a search
after it must find it. The p50 and p99 are over enough updates to see every kind of upkeep.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time

import numpy as np

from benchmarks.results import tell
from benchmarks.synthetic import FIELD, WORDS, document_id
from lsr_opensearch.engines.embedded import EmbeddedIndex, open_embedded
from lsr_opensearch.engines.port import (
    Document,
    ManifestEntry,
    SearchRequest,
    SourceBinding,
    WriteBatch,
)

IMAGE_TERMS, CAPTION_TERMS = 128, 10


def update(number: int, marker: str, random: np.random.Generator) -> WriteBatch:
    """A new version of a document, with a term that no other has."""
    drawn = random.choice(len(WORDS), IMAGE_TERMS + CAPTION_TERMS, replace=False)
    terms = {
        WORDS[term]: float(weight)
        for term, weight in zip(drawn, random.random(len(drawn)) + 0.1, strict=True)
    }
    terms[marker] = 9.0
    path = f"folder/IMG_{number:07}.jpg"
    document = Document(
        document_id(number),
        {FIELD: terms},
        {"path": path, "captions": ["two dogs at a window"], "top_terms": list(terms)[:16]},
    )
    entry = ManifestEntry(path.encode(), 1000, 1, "0" * 64, "", document.id)
    return WriteBatch("synthetic", [document], entries=[entry])


def measure(index: EmbeddedIndex, documents: int, updates: int) -> dict[str, float]:
    """Milliseconds of the writes, and of the first search after each of some of them."""
    random = np.random.default_rng(3)
    writes, searches = [], []
    for count in range(updates):
        marker = f"marker{count}"
        batch = update(int(random.integers(documents)), marker, random)
        started = time.perf_counter()
        index.write(batch)
        written = time.perf_counter()
        writes.append((written - started) * 1000)
        if count % 5 == 0:
            found = index.search(SearchRequest({FIELD: {marker: 1.0}}))
            searches.append((time.perf_counter() - written) * 1000)
            if [hit.document.id for hit in found] != [batch.documents[0].id]:
                raise SystemExit(f"update {count} was not found")
    cuts = statistics.quantiles(writes, n=100)
    return {
        "p50 ms": statistics.median(writes),
        "p99 ms": cuts[98],
        "longest ms": max(writes),
        "search after, p50 ms": statistics.median(searches),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument(
        "--folder", default="build/benchmarks", help="where embedded_query left its index"
    )
    parser.add_argument("--updates", type=int, default=3000)
    options = parser.parse_args()
    original = os.path.join(options.folder, f"synthetic-{options.documents}.sqlite")
    if not os.path.isfile(original):
        raise SystemExit(f"{original} is not there; run first: python -m benchmarks.embedded_query")
    path = f"{original}.updated"
    shutil.copyfile(original, path)
    index = open_embedded(path)
    index.bind_source(SourceBinding("synthetic", "", ""))
    figures = measure(index, options.documents, options.updates)
    index.close()
    os.remove(path)
    row = {"documents": options.documents, "updates": options.updates, **figures}
    tell("embedded_update", [row])


if __name__ == "__main__":
    main()
