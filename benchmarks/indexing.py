"""How close does indexing come to what the machine can do?

The limit is the number of cores divided by the CPU seconds that all stages take for one picture,
each stage measured alone in one thread. The rate is that of a whole `sync` of a folder, from the
walk to the last commit. Both in the same run, in turns.

    python -m benchmarks.indexing [--rounds 3]
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.pictures import make_pictures
from benchmarks.results import tell
from lsr_opensearch.cores import usable_cores
from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.engines import open_engine
from lsr_opensearch.engines.port import SourceBinding, WriteBatch
from lsr_opensearch.images import open_image
from lsr_opensearch.indexing.documents import encode_photos, schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.photo_metadata import read_photo_metadata
from lsr_opensearch.indexing.scope import folder_scope
from lsr_opensearch.indexing.sync import SyncOptions, sync
from lsr_opensearch.indexing.workers import CHUNK

Given = TypeVar("Given")
Made = TypeVar("Made")

SIZES = {"1 megapixel": ((1152, 864), 240), "12 megapixels": ((4000, 3000), 192)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, (size, count) in SIZES.items():
            folder = Path(scratch) / name.replace(" ", "-")
            make_pictures(folder, count, size)
            rows.append({"pictures": name, **measure(folder, Path(scratch), rounds)})
    tell("indexing", rows, cores=usable_cores())


def measure(folder: Path, scratch: Path, rounds: int) -> dict[str, float]:
    """Stage costs in CPU milliseconds a picture, the limit and the rate in pictures a second."""
    encoder = load_encoder()
    files = sorted(folder.iterdir())
    stages: list[dict[str, float]] = []
    ratios, rates, limits = [], [], []
    _rate(folder, scratch / f"{folder.name}-warm-up", encoder, len(files))
    for number in range(rounds):
        costs = stage_costs(files, scratch / f"{folder.name}-stages-{number}", encoder)
        limit = usable_cores() / sum(costs.values())
        rate = _rate(folder, scratch / f"{folder.name}-{number}", encoder, len(files))
        stages.append(costs)
        limits.append(limit)
        rates.append(rate)
        ratios.append(rate / limit)
    typical = {
        f"{stage} ms": 1000 * statistics.median(costs[stage] for costs in stages)
        for stage in stages[0]
    }
    return typical | {
        "limit /s": statistics.median(limits),
        "rate /s": statistics.median(rates),
        "ratio": statistics.median(ratios),
    }


def stage_costs(files: Sequence[Path], scratch: Path, encoder: Encoder) -> dict[str, float]:
    """Stage -> CPU seconds a picture, each stage alone in one thread."""
    costs: dict[str, float] = {}

    def run(stage: str, work: Callable[[Given], Made], things: Sequence[Given]) -> list[Made]:
        started = time.process_time()
        made = [work(thing) for thing in things]
        costs[stage] = (time.process_time() - started) / len(files)
        return made

    scratch.mkdir(parents=True)
    contents = run("read+hash", _read, files)
    run("metadata", read_photo_metadata, contents)
    pictures = run("decode", open_image, contents)
    chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
    run("encode", encoder.encode_images, chunks)
    with EncodingCache(":memory:") as cache:
        schema = schema_for(encoder)
        photos = [
            Photo(str(path), path.name, content, (), {"path": path.name}, {})
            for path, content in zip(files, contents, strict=True)
        ]
        # Encoded before the clock starts, so that only putting documents together is counted.
        encode_photos(photos, encoder, schema, cache)
        started = time.process_time()
        results = encode_photos(photos, encoder, schema, cache)
        document = (time.process_time() - started) / len(files)
    costs["document"] = max(0.0, document - costs["metadata"])
    documents = [result.document for result in results if not isinstance(result, Exception)]
    index = open_engine(scratch / "index.sqlite")
    index.create(schema)
    index.bind_source(SourceBinding("bench", "", ""))
    batches = [documents[start : start + 256] for start in range(0, len(documents), 256)]
    run("write", lambda batch: index.write(WriteBatch("bench", batch)), batches)
    index.close()
    return costs


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    hashlib.sha256(content).hexdigest()
    return content


def _rate(folder: Path, scratch: Path, encoder: Encoder, count: int) -> float:
    scratch.mkdir(parents=True)
    started = time.perf_counter()
    index = open_engine(scratch / "index.sqlite")
    with EncodingCache(scratch / "cache.sqlite") as cache:
        report = sync(index, encoder, cache, folder_scope(folder, None, ()), SyncOptions())
    index.close()
    seconds = time.perf_counter() - started
    if report.new != count:
        raise SystemExit(f"{report.new} of {count} pictures were indexed")
    return count / seconds


if __name__ == "__main__":
    main()
