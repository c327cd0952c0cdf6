"""The stages after the fetch, in order; runs in the build's own environment."""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

from tools.basic_model.workspace import Workspace

# Stages whose result stays in the work directory: done once, again only when asked for.
TRAINING_STAGES = (
    "pairs",
    "backbone",
    "features",
    "texts",
    "dense",
    "confidence",
    "head",
    "network",
)
# Stages that write the model directory: cheap, done every time.
OUTPUT_STAGES = ("bundle", "evaluate", "card")
STAGES = TRAINING_STAGES + OUTPUT_STAGES


def build(work: Workspace, out: Path, first: str | None) -> None:
    """All stages; those before ``first`` and those already done are skipped."""
    if first is not None:
        for stage in STAGES[STAGES.index(first) :]:
            _mark(work, stage).unlink(missing_ok=True)
    for stage in STAGES:
        if stage in OUTPUT_STAGES:
            _run(stage, work, out)
        elif not _mark(work, stage).exists():
            _run(stage, work)
            _mark(work, stage).touch()


def _mark(work: Workspace, stage: str) -> Path:
    return work.file(f"{stage}.done")


def _run(stage: str, *arguments: object) -> None:
    # Each stage imports what it needs: torch for training, not for the figures.
    module = importlib.import_module(f"tools.basic_model.{stage}")
    print(f"{stage} ...", flush=True)
    start = time.perf_counter()
    module.run(*arguments)
    print(f"{stage}: {time.perf_counter() - start:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["build", "evaluate"])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--from", dest="first", choices=STAGES)
    given = parser.parse_args()
    work = Workspace(given.work, given.threads)
    if given.command == "evaluate":
        if not _mark(work, "pairs").exists():
            _run("pairs", work)
            _mark(work, "pairs").touch()
        _run("evaluate", work, given.out)
    else:
        build(work, given.out, given.first)


if __name__ == "__main__":
    main()
