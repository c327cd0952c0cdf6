"""Stage "card": ``model.json``, the model card, notices and licences -> the output directory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from lsr_opensearch.encoders.basic.classes import TABLES_FILE
from lsr_opensearch.encoders.basic.image import NETWORK_FILE
from lsr_opensearch.encoders.basic.picture import PREPARATION_VERSION
from lsr_opensearch.encoders.basic.vocabulary import IDF_FILE, IRREGULAR_FILE, WORDS_FILE
from tools.basic_model.workspace import Workspace

VERSION = "1.0"
TITLE = "basic: the small offline model"
SUMMARY = (
    "Finds pictures by the objects and animals in them, and by colours, with no network, no GPU "
    "and no torch. Bundled with the package."
)
LIMITS = (
    "Good with objects, animals, vehicles, food and plants. Poor with scenes (beach, city, party), "
    'people and what they do, night, letters and signs, counts ("two") and relations ("on", '
    '"next to"). English words only on the picture side.'
)
ORIGIN = (
    "Built by tools/basic_model from EfficientNet-Lite0 (ImageNet-1k), all-MiniLM-L6-v2, WordNet "
    "3.0, and openclipart and emoji with their captions."
)
LICENCE = "Apache-2.0 AND MIT AND LicenseRef-WordNet-3.0"
PRUNING = {"image_terms": 128, "caption_terms": 64, "query_terms": 32}

# What a document's term weights depend on.
_DOCUMENT_FILES = (NETWORK_FILE, TABLES_FILE, WORDS_FILE, IDF_FILE, IRREGULAR_FILE)
_MODEL_FILE = "model.json"
_CARD_FILE = "README.md"
_HERE = Path(__file__).parent


def run(work: Workspace, out: Path) -> None:
    metrics = json.loads(work.file("metrics.json").read_text())
    fooled = float(np.load(work.file("confidence.npz"))["fooled"])
    metrics["pictures of nothing"]["percent fooled by an unseen kind"] = round(100 * fooled, 1)
    for notice in sorted((_HERE / "notices").iterdir()):
        (out / notice.name).write_bytes(notice.read_bytes())
    (out / _CARD_FILE).write_text(model_card(metrics))
    described = describe(out, metrics)
    (out / _MODEL_FILE).write_text(json.dumps(described, indent=2) + "\n")
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"  {described['space_id']}, {size:,} bytes in all")


def describe(out: Path, metrics: dict[str, Any]) -> dict[str, Any]:
    """The content of ``model.json``."""
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)}
        for file in sorted(out.iterdir())
        if file.name != _MODEL_FILE
    }
    return {
        "format": 1,
        "kind": "basic",
        "name": "basic",
        "version": VERSION,
        "title": TITLE,
        "summary": SUMMARY,
        "limits": LIMITS,
        "sides": ["image", "caption", "query"],
        "space_id": space_id(out),
        "vocabulary": {
            "file": WORDS_FILE,
            "size": len((out / WORDS_FILE).read_text().split()),
            "sha256": files[WORDS_FILE]["sha256"],
        },
        "pruning": PRUNING,
        "licence": LICENCE,
        "origin": ORIGIN,
        "metrics": metrics,
        "files": files,
    }


def space_id(out: Path) -> str:
    """Names everything that a document's term weights depend on."""
    digest = hashlib.sha256(f"preparation {PREPARATION_VERSION}\n".encode())
    for name in _DOCUMENT_FILES:
        digest.update(f"{name} {_sha256(out / name)}\n".encode())
    return f"basic-{digest.hexdigest()[:12]}"


def model_card(metrics: dict[str, Any]) -> str:
    """The model card, its figures filled in."""
    template = Template((_HERE / "card-template.md").read_text())
    return template.substitute(
        limits=LIMITS,
        rows="\n".join(
            f"| {name} | {value['queries']} | {value['R@1']} | {value['R@10']} "
            f"| {value['MRR@10']} |"
            for name, value in metrics.items()
            if name.startswith("stamps")
        ),
        picture_terms=metrics["terms per picture"],
        query_terms=metrics["terms per query"],
        nothing=metrics["pictures of nothing"]["pictures"],
        nothing_words=metrics["pictures of nothing"]["mean words beside colours"],
        nothing_failed=metrics["pictures of nothing"]["percent with more than ten"],
        fooled=metrics["pictures of nothing"]["percent fooled by an unseen kind"],
    )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
