"""Effectiveness against cost as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from lsr_opensearch.evaluation.report import DENSE, Figures

_PARTS = {"t2i": "text to image", "i2t": "image to text"}
_MARKERS = "osD^vP*X<>"


def plot_figures(path: Path, figures: Sequence[Figures]) -> None:
    """R@1 in both directions against FLOPs: up and to the left is better."""
    figure, axes = plt.subplots(1, len(_PARTS), figsize=(11, 4.6), layout="constrained")
    for axis, (direction, title) in zip(axes, _PARTS.items(), strict=True):
        for number, one in enumerate(figures):
            is_dense = one.name == DENSE
            axis.plot(
                max(one.values["flops"], 1e-3),
                one.values[direction]["R@1"],
                "X" if is_dense else _MARKERS[number % len(_MARKERS)],
                color="black" if is_dense else f"C{number % 10}",
                markersize=9,
                label="dense vectors" if is_dense else one.name,
            )
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.margins(0.12)
        axis.set(title=title, xlabel="FLOPs: words that a text and an image share")
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("R@1, percent")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower center", ncols=min(4, len(names)), frameon=False
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)
