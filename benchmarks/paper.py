"""The claims of the D2S paper, measured by the commands of the manual.

    .venv-torch/bin/python -m benchmarks.paper planted [--seeds N] [--work DIR]
    .venv-torch/bin/python -m benchmarks.paper basic --data DIR [--seeds N] [--work DIR]

Trains a head with each kind of expansion control, and with other schedules of p, and evaluates it
on the test split: on the planted data set, and on the pictures that the model `basic` is trained
from (``python -m tools.basic_model.dataset`` writes them to ``DIR``). Figures are means over the
seeds, with Student's interval of 95 per cent; differences are taken seed by seed.

Each head is trained on one core, as many at once as there are cores, which is faster than one after
the other on all. What is in ``--work`` is not trained again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scipy.stats import t as student

from benchmarks.results import tell
from lsr_opensearch.cores import usable_cores

FIXED = 'schedule = "fixed"\n'
# Name -> the option --control, and a config file.
WAYS = {
    "no control": ("none", ""),
    "caption level": ("caption", ""),
    "word level": ("word", ""),
    "both": ("both", ""),
    "both, fixed p of 0.5": ("both", FIXED),
}
TRAINING = {
    "planted": ("--preset", "quick"),
    # Larger steps, and fewer: the vocabulary is four times that of the planted set.
    "basic": ("--preset", "quick", "--epochs", "20", "--batch", "512"),
}
# Schedules of p are told apart on the planted set alone.
LEFT_OUT = {"planted": (), "basic": ("both, fixed p of 0.5",)}
# What is compared with what: the claims.
PAIRS = (
    ("caption level", "no control"),
    ("word level", "no control"),
    ("both", "no control"),
    ("both", "caption level"),
    ("both", "both, fixed p of 0.5"),
)
# Column -> digits behind the point.
COLUMNS = {
    "R@1": 1,
    "R@10": 1,
    "MRR@10": 1,
    "FLOPs": 2,
    "Exact@20": 1,
    "Semantic@20": 3,
    "words/image": 0,
    "words/text": 0,
    "tau": 3,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=list(TRAINING))
    parser.add_argument("--data", type=Path, help="the data set, where it is there already")
    parser.add_argument("--seeds", type=int, default=3, help="3 or more for fair intervals")
    parser.add_argument("--work", type=Path, help="keep trained heads here")
    parser.add_argument(
        "--at-once", type=int, default=usable_cores(), help="trainings (default: all cores)"
    )
    given = parser.parse_args()
    if given.which == "basic" and given.data is None:
        parser.error("basic is measured on a data set that is there: --data DIR")
    with tempfile.TemporaryDirectory() as passing:
        work = given.work or Path(passing)
        work.mkdir(parents=True, exist_ok=True)
        data = given.data or _planted(work / "planted")
        # Seed by seed, so that what is there after an interruption covers every way.
        ways = [name for name in WAYS if name not in LEFT_OUT[given.which]]
        trainings = [(name, seed) for seed in range(given.seeds) for name in ways]
        with ThreadPoolExecutor(given.at_once) as pool:
            measured = list(
                pool.map(lambda each: _measured(work, data, given.which, *each), trainings)
            )
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for (name, _), figures in zip(trainings, measured, strict=True):
        found[name].append(figures)
    rows = [{"control": name} | _summaries(runs) for name, runs in found.items()]
    dense = found["no control"][0]["dense"]["t2i"]
    exact = {column: f"{dense[column]:.1f}" for column in ("R@1", "R@10", "MRR@10")}
    rows.append({"control": "dense vectors"} | dict.fromkeys(COLUMNS, "") | exact)
    differences = [
        {"difference": f"{one} - {other}"} | _differences(found[one], found[other])
        for one, other in PAIRS
        if one in found and other in found
    ]
    name = "paper" if given.which == "planted" else f"paper_{given.which}"
    data_option = " --data DIR" if given.data else ""
    command = f"paper {given.which}{data_option} --seeds {given.seeds}"
    tell(name, rows, command=command, seeds=given.seeds, differences=differences)


def _planted(folder: Path) -> Path:
    if not folder.exists():
        _lsr_os("data", "planted", "--out", folder)
    return folder


def _measured(work: Path, data: Path, which: str, way: str, seed: int) -> dict[str, Any]:
    """What `lsr-os eval` says of a head that `lsr-os train d2s` made."""
    control, config = WAYS[way]
    name = f"{which}-{way.replace(' ', '-').replace(',', '')}-{seed}"
    model, kept = work / name, work / f"{name}.json"
    if not kept.exists():
        file = work / f"{name}.toml"
        file.write_text(config, encoding="utf-8")
        if not (model / "model.json").exists():
            options = ("--control", control, "--seed", seed, "--config", file)
            _lsr_os("train", "d2s", "--data", data, "--out", model, *TRAINING[which], *options)
        shown = _lsr_os("eval", "--model", model, "--data", data, "--split", "test", "--json")
        kept.write_text(shown, encoding="utf-8")
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    print(name, found["t2i"], found["flops"], found["exact@20"], flush=True)
    return (
        found
        | found["t2i"]
        | {
            "FLOPs": found["flops"],
            "Exact@20": found["exact@20"],
            "Semantic@20": found["semantic@20"],
            "words/image": found["terms_image"],
            "words/text": found["terms_text"],
            "tau": found["kendall"],
        }
    )


def _lsr_os(*arguments: object) -> str:
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    one_core = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=one_core)
    return done.stdout


def _summaries(runs: list[dict[str, Any]]) -> dict[str, str]:
    return {
        column: _shown([run[column] for run in runs], f".{digits}f")
        for column, digits in COLUMNS.items()
    }


def _differences(runs: list[dict[str, Any]], others: list[dict[str, Any]]) -> dict[str, str]:
    """Of two ways with the same seeds."""
    pairs = list(zip(runs, others, strict=True))
    return {
        column: _shown([one[column] - other[column] for one, other in pairs], f"+.{digits}f")
        for column, digits in COLUMNS.items()
    }


def _shown(values: list[float], form: str) -> str:
    """The mean, and how far from it that of endless seeds may lie (Student, 95 per cent)."""
    count, mean = len(values), statistics.fmean(values)
    if count < 2:
        return f"{mean:{form}}"
    half = student.ppf(0.975, count - 1) * statistics.stdev(values) / count**0.5
    return f"{mean:{form}} ± {half:{form.removeprefix('+')}}"


if __name__ == "__main__":
    main()
