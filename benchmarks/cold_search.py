"""How long does one search from the shell take, against importing numpy?

An index of 10,000 documents of the bundled model's words; whole processes, in turns.

    python -m benchmarks.cold_search [--rounds 25]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.results import tell
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.port import Document, SourceBinding, WriteBatch
from lsr_opensearch.indexing.documents import IMAGE_TERMS, schema_for
from lsr_opensearch.models import find_model

DOCUMENTS = 10_000
TERMS = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "index.sqlite"
        make_index(path)
        lsr_os = str(Path(sys.executable).with_name("lsr-os"))
        commands = {
            "import numpy": [sys.executable, "-c", "import numpy"],
            "lsr-os search": [lsr_os, "search", "two dogs at a window", "--url", str(path)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, command in commands.items():
                times[name].append(seconds(command, scratch))
    # The first round warmed the file cache.
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    base = medians["import numpy"]
    tell(
        "cold_search",
        [
            {"command": name, "median ms": 1000 * value, "ratio": value / base}
            for name, value in medians.items()
        ],
        documents=DOCUMENTS,
    )


def make_index(path: Path) -> None:
    """Documents over the bundled model's words, Zipf-distributed."""
    random = np.random.default_rng(0)
    words = (find_model("basic") / "words.txt").read_text(encoding="utf-8").split("\n")
    share = 1 / np.arange(1, len(words) + 1)
    share /= share.sum()
    index = open_engine(path)
    index.create(schema_for(load_encoder()))
    index.bind_source(SourceBinding("synthetic", "", ""))
    for start in range(0, DOCUMENTS, 1000):
        documents = []
        for number in range(start, start + 1000):
            chosen = np.unique(random.choice(len(words), TERMS, p=share))
            weights = random.uniform(0.1, 2, len(chosen)).tolist()
            terms = dict(zip((words[i] for i in chosen), weights, strict=True))
            metadata = {"path": f"{number}.jpg", "source": "synthetic", "captions": []}
            documents.append(Document(f"{number:06}", {IMAGE_TERMS: terms}, metadata))
        index.write(WriteBatch("synthetic", documents))
    index.close()


def seconds(command: Sequence[str], folder: str) -> float:
    """Wall seconds of a whole process that must succeed."""
    started = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=os.environ, stdout=subprocess.DEVNULL, check=True, timeout=60
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
