"""Write docs/benchmarks.md and docs/paper.md from the results of the last runs.

python -m benchmarks.page
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import RESULTS

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PAPER_PAGE = DOCS / "benchmarks.md", DOCS / "paper.md"
PAPER_TEXT = Path(__file__).with_name("paper_page.md")
HEAD = """\
# Speed and size, measured

Written by `python -m benchmarks.page` from `benchmarks/results/`. Each table comes from the script
that it names, which measures both sides of a ratio in the same run, in turns; ratios mean more
than the figures, which are those of a small shared machine.
"""
# Result -> its heading and what to know about it, in the order of the page.
SECTIONS = {
    "indexing": (
        "Indexing",
        "How close a whole `sync` of a folder comes to the machine's limit: the cores divided by "
        "the CPU time that all stages take for one picture, each stage measured alone in one "
        "thread. Promised: a ratio of at least 0.9. The machine is shared and noisy: full runs on "
        "one day gave 0.86 to 0.95 at 1 megapixel and 0.86 to 0.96 at 12; the table is the last.",
    ),
    "memory": (
        "Memory while indexing",
        "Peak anonymous memory of `lsr-os index`. Promised: within 10% of each other.",
    ),
    "cold_search": (
        "A search from the shell",
        "Whole processes, over an index of 10,000 pictures. Promised: a ratio of at most 3.",
    ),
    "embedded_query": (
        "A query in a running process",
        "Against the same sums over static numpy columns in memory. Promised: at most 1.5 with a "
        "cache of at most 512 MB, at most 2.5 without one.",
    ),
    "embedded_update": (
        "One changed picture",
        "From the call to durable and searchable, without encoding, at 100,000 documents. "
        "Promised: under 50 ms (p50).",
    ),
    "training_step": (
        "A training step of D2S",
        "On the processor, batch 512, 30,522 words, against a plain rendering of the published "
        "loop. Promised: half the activation memory at no more than 1.3 times the time. The plain "
        "loop keeps whole vectors of a batch after relu, after log1p and after each mask; the "
        "objective needs only their products and sums, which are added up over parts of the "
        "vocabulary, with one copy kept. A step is faster, too: less is written to memory and read "
        "from it, and gradients next to nothing are taken for 0. A softmax at the paper's "
        "temperature of 0.001 leaves many subnormal numbers, and products of these take many "
        "times longer; the last rows are the plain loop spared of them by one more line. "
        "`--device cuda` measures the same on a GPU, which was not at hand.",
    ),
    "encoding": (
        "Encoding pictures and texts with networks",
        "Indexing through the library, from 1-megapixel JPEG files on, against the bare "
        "onnxruntime session, which is spared decoding and is fed ready arrays of the same "
        "batches, in turns. Promised: 0.9 of the bare rate where the network dominates, as ViT-B "
        "does. With a smaller network decoding is a fifth of the work. Texts are tokenised and "
        "padded, which the bare session is spared, too. The last row is the frozen tower that "
        "`lsr-os data encode` runs, in torch, against the bare module.",
    ),
    "int8": (
        "A text network in eight bits",
        "A head trained for 15 epochs on 1,000 images of the planted set; 1,000 captions look for "
        "200 images. These are the head and an embedding alone: how much a tower of many layers "
        "loses is not measured.",
    ),
    "bulk_writing": (
        "Writing to a cluster",
        "Encoded documents of 100 terms into a new index of one shard. The loop is the best of "
        "those tuned by hand on the same node just before; the helper is the client's "
        "`helpers.bulk` with its defaults; the index is `ClusterIndex.write`, called for 3,000 "
        "documents at a time as a rebuild does: it begins with term weights, and keeps a "
        "manifest. A ratio is taken within each round: the median, lowest and highest; the rates "
        "are medians of each way for itself. Promised: at least 0.9 of the loop, and 1.5 times "
        "the helper.",
    ),
    "cluster_query": (
        "A query on a cluster",
        "Ten hits with their metadata, by the library and by the bare client with the same body "
        "ready, in turns; disk with `_source`, filters and the fields of captions, merged. "
        "Promised: the library within 0.3 ms of the client (p50). This shared machine was a third "
        "slower than days before, when all rows stayed below 0.24; now one does not keep the "
        "promise. Growth is the factor against the next smaller index.",
    ),
}


def page() -> str:
    """The whole page, from the results that there are."""
    parts = [HEAD]
    for name, (title, text) in SECTIONS.items():
        if _path(name).is_file():
            parts.append(_section(title, text, _result(name)))
    return "\n".join(parts)


def paper_page() -> str:
    """The page of the paper's claims: its text, with the tables that there are in their places."""
    names = {"planted": "paper", "basic": "paper_basic", "cost": "training_cost"}
    results = {place: _result(name) for place, name in names.items()}
    parts: dict[str, str] = {}
    for place, result in results.items():
        parts[place] = _table(result)
        if "differences" in result:
            parts[f"{place}_seeds"] = str(result["seeds"])
            parts[f"{place}_differences"] = _rows(result["differences"])
    return PAPER_TEXT.read_text(encoding="utf-8").format(**parts)


def _section(title: str, text: str, result: Mapping[str, Any]) -> str:
    return f"## {title}\n\n{text}\n\n{_table(result)}\n"


def _path(name: str) -> Path:
    return RESULTS / f"{name}.json"


def _result(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_path(name).read_text(encoding="utf-8"))
    return found


def _table(result: Mapping[str, Any]) -> str:
    """The rows, and how they were made."""
    made, machine = result.get("command", result["benchmark"]), result["machine"]
    return (
        f"{_rows(result['rows'])}\n\n`python -m benchmarks.{made}`, {result['date']}, "
        f"{machine['cores']} cores, Python {machine['python']}."
    )


def _rows(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_shown(row[column]) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def _shown(value: object) -> str:
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PAPER_PAGE.write_text(paper_page(), encoding="utf-8")
