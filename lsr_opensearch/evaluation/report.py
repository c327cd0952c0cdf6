"""Several evaluations of one split side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsr_opensearch.errors import DatasetError, UsageError

FIGURES_FILE = "eval.json"
DENSE = "dense"

# Title of a column -> where its figure lies, and how many digits of it are shown.
_COLUMNS: dict[str, tuple[tuple[str, ...], int]] = {
    "t2i R@1": (("t2i", "R@1"), 1),
    "t2i R@5": (("t2i", "R@5"), 1),
    "t2i R@10": (("t2i", "R@10"), 1),
    "t2i MRR@10": (("t2i", "MRR@10"), 1),
    "i2t R@1": (("i2t", "R@1"), 1),
    "i2t R@10": (("i2t", "R@10"), 1),
    "FLOPs": (("flops",), 2),
    "words/image": (("terms_image",), 0),
    "words/text": (("terms_text",), 0),
    "Exact@20": (("exact@20",), 1),
    "Semantic@20": (("semantic@20",), 3),
    "tau": (("kendall",), 3),
    "Pearson": (("pearson",), 3),
}
COLUMNS = ("model", *_COLUMNS)
_NOTHING = "-"
# Of what data the figures are.
_DATA = ("split", "images", "captions", "fingerprint")


@dataclass(frozen=True)
class Figures:
    """One evaluation, as ``lsr-os eval --json`` prints it, under the name of its model."""

    name: str
    values: Mapping[str, Any]


def read_figures(paths: Sequence[Path]) -> list[Figures]:
    """From JSON files, or folders that ``lsr-os eval --runs`` has written; then the dense vectors.

    The dense vectors come once, after the models, as a model of their own.

    Raises:
        DatasetError: one is missing or holds no evaluation.
        UsageError: they are not of the same images and captions.
    """
    read = [_read(path) for path in paths]
    for path, values in zip(paths, read, strict=True):
        if values["fingerprint"] != read[0]["fingerprint"]:
            raise UsageError(
                f"{path} is of other images or captions ({_split(values)}) than {paths[0]} "
                f"({_split(read[0])}).",
                "Figures of different data cannot be compared: evaluate all on the same.",
            )
    return [
        *(Figures(name, values) for name, values in zip(_names(paths, read), read, strict=True)),
        *_dense(read),
    ]


def rows(figures: Sequence[Figures]) -> list[tuple[str, ...]]:
    """A row of texts for each, in the order of ``COLUMNS``."""
    return [
        (one.name, *(_shown(one.values, *where) for where in _COLUMNS.values())) for one in figures
    ]


def markdown(figures: Sequence[Figures]) -> str:
    """The same as a table in Markdown."""
    cells = [COLUMNS, ("---", *["---:"] * len(_COLUMNS))]
    cells += [tuple(cell.replace("|", "\\|") for cell in row) for row in rows(figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _read(path: Path) -> dict[str, Any]:
    file = path / FIGURES_FILE if path.is_dir() else path
    try:
        values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for where, _ in _COLUMNS.values():
            _looked_up(values, where)
        lacking = [key for key in ("model", *_DATA) if key not in values]
        if lacking:
            raise KeyError(*lacking)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{file} is no evaluation ({error!r}).",
            "`lsr-os eval ... --runs DIR` writes one; so does `lsr-os eval ... --json > FILE`.",
        ) from error
    return values


def _names(paths: Sequence[Path], read: Sequence[Mapping[str, Any]]) -> list[str]:
    """The models; where one was evaluated several times, with the place of its figures."""
    models = [Path(values["model"]).name or str(values["model"]) for values in read]
    return [
        model if models.count(model) == 1 else f"{model} ({path})"
        for model, path in zip(models, paths, strict=True)
    ]


def _dense(read: Sequence[Mapping[str, Any]]) -> list[Figures]:
    """The dense vectors that models were compared with, unless they are among the models."""
    if any(values["model"] == DENSE for values in read):
        return []
    nothing = dict.fromkeys(where[0] for where, _ in _COLUMNS.values())
    found: list[Any] = []
    for values in read:
        if values.get(DENSE) not in (None, *found):
            found.append(values[DENSE])
    return [Figures(DENSE, nothing | values) for values in found]


def _shown(values: Mapping[str, Any], where: Sequence[str], digits: int) -> str:
    value = _looked_up(values, where)
    return _NOTHING if value is None else f"{value:,.{digits}f}"


def _looked_up(values: Mapping[str, Any], where: Sequence[str]) -> float | None:
    found: Any = values
    for key in where:
        found = found[key]
    return None if found is None else float(found)


def _split(values: Mapping[str, Any]) -> str:
    return f"{values['split']} with {values['images']:,} images, {values['captions']:,} captions"
