"""Stage "pairs": pictures with captions -> ``pairs.jsonl``.

Trained on: openclipart drawings and two sets of emoji. Held out: tuxpaint stamps, of which some
are photographs, and a share of openclipart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsr_opensearch.images import MAX_PIXELS, open_image
from tools.basic_model import splits
from tools.basic_model.captions import MOST_KEYWORDS, svg_captions
from tools.basic_model.workspace import Row, Workspace

_LEFT_OUT_FOLDERS = ("special", "decorations", "shapes")
_LEFT_OUT_EMOJI = ("Flags", "Symbols", "Component")
_SVG_STAMP_WIDTH = 320


def run(work: Workspace) -> None:
    # The limit is MAX_PIXELS here; Pillow's own would warn at half of it.
    Image.MAX_IMAGE_PIXELS = None
    found = [*stamps(work), *openclipart(work), *emoji(work)]
    rows = [row for row in found if not is_too_large(Path(row.path))]
    work.write_rows(rows)
    counts = Counter((row.source, row.split) for row in rows)
    for (source, split), pictures in sorted(counts.items()):
        print(f"  {source} {split}: {pictures} pictures")
    print(f"  {len(found) - len(rows)} pictures left out: too large to decode")


def is_too_large(path: Path) -> bool:
    """Whether the run time would refuse to decode a picture."""
    with Image.open(path) as image:
        return image.width * image.height > MAX_PIXELS


def stamps(work: Workspace) -> Iterator[Row]:
    """Stamps with the first line of their description; letters are left out."""
    root = work.debian("tuxpaint-stamps-default") / "tuxpaint" / "stamps"
    for text in sorted(root.rglob("*.txt")):
        name = text.relative_to(root).with_suffix("").as_posix()
        with text.open(encoding="utf-8", errors="replace") as lines:
            caption = re.sub(r"\s+", " ", lines.readline().strip())
        picture = _stamp_picture(work, text, name)
        if not caption or "/alphabets/" in f"/{name}" or picture is None:
            continue
        group = splits.stamp_group(caption)
        split = splits.stamp_split(group)
        photo = picture.parent == text.parent and is_photograph(picture)
        yield Row(f"stamp/{name}", str(picture), [caption], "stamps", group, split, photo)


def _stamp_picture(work: Workspace, text: Path, name: str) -> Path | None:
    png, svg = text.with_suffix(".png"), text.with_suffix(".svg")
    if png.exists():
        return png
    if not svg.exists():
        return None
    rendered = work.file("svg-stamps") / (name.replace("/", "_") + ".png")
    if not rendered.exists():
        import resvg_py

        rendered.parent.mkdir(exist_ok=True)
        try:
            data = bytes(resvg_py.svg_to_bytes(svg_path=str(svg), width=_SVG_STAMP_WIDTH))
        # resvg raises ValueError for SVG files that it cannot read.
        except ValueError:
            return None
        rendered.write_bytes(data)
    return rendered


def openclipart(work: Workspace) -> Iterator[Row]:
    """Drawings with captions from their SVG metadata; shapes, letters and flags are left out."""
    pictures = work.debian("openclipart-png") / "openclipart" / "png"
    drawings = work.debian("openclipart-svg") / "openclipart" / "svg"
    for path in sorted(pictures.rglob("*.png"), key=str):
        name = path.relative_to(pictures).as_posix().removesuffix(".png")
        folders = name.split("/")[:-1]
        svg = drawings / f"{name}.svg"
        if _is_left_out(name) or not svg.exists():
            continue
        captions = svg_captions(svg.read_text(encoding="utf-8", errors="replace"))
        if captions:
            group = splits.openclipart_group(folders, path.stem)
            split = splits.openclipart_split(group)
            yield Row(f"openclipart/{name}", str(path), captions, "openclipart", group, split)


def _is_left_out(name: str) -> bool:
    parts = name.split("/")
    return (
        parts[0] in _LEFT_OUT_FOLDERS
        or "duplicates" in parts
        or "flags" in parts
        or "alphabet" in name
    )


def emoji(work: Workspace) -> Iterator[Row]:
    """Emoji of Noto and Twemoji with the labels and tags of emojibase."""
    labels = _emoji_labels(work)
    for maker in ("google", "twitter"):
        folder = work.npm(f"emoji-datasource-{maker}")
        for entry in json.loads((folder / "emoji.json").read_text()):
            path = folder / "img" / maker / "64" / entry["image"]
            has_picture = entry.get(f"has_img_{maker}") and path.exists()
            if not has_picture or entry["category"] in _LEFT_OUT_EMOJI:
                continue
            code = entry["unified"]
            named = labels.get(code) or labels.get(code.replace("-FE0F", "")) or {}
            label = named.get("label") or entry["name"].lower()
            short_names = [name.replace("_", " ") for name in entry["short_names"]]
            tags = ", ".join((named.get("tags") or short_names)[:MOST_KEYWORDS])
            captions = [label, f"{label}: {tags}"]
            yield Row(
                f"emoji-{maker}/{code}", str(path), captions, f"emoji-{maker}", f"e:{code}", "train"
            )


def _emoji_labels(work: Workspace) -> dict[str, dict[str, Any]]:
    """By code point, and by code point without the variation selector."""
    entries = json.loads((work.npm("emojibase-data") / "en" / "data.json").read_text())
    exact = {entry["hexcode"]: entry for entry in entries}
    plain = {code.replace("-FE0F", ""): entry for code, entry in exact.items()}
    return plain | exact


def is_photograph(path: Path) -> bool:
    """Many distinct colours and few flat neighbouring pixels inside the opaque part."""
    image = open_image(path).convert("RGBA")
    image.thumbnail((160, 160), Image.Resampling.NEAREST)
    pixels = np.asarray(image).astype(int)
    opaque = pixels[..., 3] > 200
    if opaque.sum() < 50:
        return False
    coarse = (pixels[..., :3] // 4)[opaque]
    distinct = len(np.unique(coarse @ [4096, 64, 1])) / opaque.sum()
    steps = np.abs(np.diff(pixels[..., :3], axis=1)).sum(axis=2)
    inside = opaque[:, 1:] & opaque[:, :-1]
    flat = (steps[inside] <= 2).mean() if inside.any() else 1.0
    return bool(distinct > 0.30 and flat < 0.30)
