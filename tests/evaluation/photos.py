"""The example photos as a data set of pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.conftest import PHOTOS

COUNT = 12


def write_split_file(folder: Path, count: int = COUNT) -> None:
    """A split file of some example photos in ``folder``: all but the last are of the split test."""
    captions: dict[str, list[str]] = {}
    with (PHOTOS / "captions.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            captions.setdefault(row["file"], []).append(row["caption"])
    images = [
        {
            "imgid": number,
            "filename": name,
            "split": "train" if number == count - 1 else "test",
            "sentences": [
                {"sentid": 10 * number + place, "raw": text} for place, text in enumerate(said)
            ],
        }
        for number, (name, said) in enumerate(list(captions.items())[:count])
    ]
    folder.mkdir(exist_ok=True)
    text = json.dumps({"dataset": "photos", "images": images})
    (folder / "dataset_meta.json").write_text(text, encoding="utf-8")
