"""Does memory grow with the folder? Peak anonymous memory while indexing 1,000 and 10,000 pictures.

python -m benchmarks.memory [--small 1000] [--large 10000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pictures import make_pictures
from benchmarks.results import tell

SAMPLE_EVERY_S = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=10_000)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for count in (options.small, options.large):
            folder = Path(scratch) / str(count)
            make_pictures(folder, count, (480, 360), seed=count)
            rows.append({"pictures": count, "peak anonymous MB": peak_mb(folder, Path(scratch))})
    ratio = float(rows[1]["peak anonymous MB"]) / float(rows[0]["peak anonymous MB"])
    tell("memory", [row | {"ratio": ratio} for row in rows])


def peak_mb(folder: Path, scratch: Path) -> float:
    """Peak of anonymous resident memory of `lsr-os index`, MB."""
    environment = os.environ | {"LSR_OS_CACHE_DIR": str(scratch / f"cache-{folder.name}")}
    index = str(scratch / f"{folder.name}.sqlite")
    process = subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", "index", folder, "--url", index],
        env=environment,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, _anonymous_kb(process.pid))
        time.sleep(SAMPLE_EVERY_S)
    if process.returncode:
        raise SystemExit(f"indexing failed with status {process.returncode}")
    return peak / 1000


def _anonymous_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


if __name__ == "__main__":
    main()
