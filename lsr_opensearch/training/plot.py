"""The log of a training as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

# Title of each part, and what is drawn in it.
_PARTS = (
    ("loss", ("distillation", "regularisation"), True),
    ("R@1 on validation, percent", ("recall_at_1",), False),
    ("words with a weight", ("image_terms", "text_terms", "flops"), True),
)


def plot_log(path: Path, rows: Sequence[Mapping[str, float]], title: str) -> None:
    """Losses, effectiveness and sparsity over the epochs, with p of expansion control beneath."""
    figure, axes = plt.subplots(1, len(_PARTS), figsize=(14, 4), layout="constrained")
    epochs = [row["epoch"] for row in rows]
    for axis, (name, drawn, is_logarithmic) in zip(axes, _PARTS, strict=True):
        for column in drawn:
            axis.plot(epochs, [row[column] for row in rows], label=column.replace("_", " "))
        if is_logarithmic:
            axis.set_yscale("log")
        axis.set(title=name, xlabel="epoch")
        axis.legend(frameon=False)
        axis.grid(alpha=0.3)
        beside = axis.twinx()
        beside.fill_between(
            epochs, [row["expansion_probability"] for row in rows], color="grey", alpha=0.12
        )
        beside.set(ylim=(0, 1), yticks=())
    figure.suptitle(f"{title} (grey: probability of expansion)")
    figure.savefig(path, dpi=110)
    plt.close(figure)
