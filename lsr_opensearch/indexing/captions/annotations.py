"""Captions in the annotation files of data sets: COCO's own, and Karpathy's splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions.table import CaptionTable, TableBuilder
from lsr_opensearch.indexing.sources import display_path

# Of an image's entry in COCO: what the index knows better itself.
_COCO_LEFT_OUT = frozenset({"file_name", "width", "height"})
_KARPATHY_LEFT_OUT = frozenset({"filename", "filepath"})


def read_coco(path: bytes, content: Mapping[str, Any]) -> CaptionTable:
    """Captions of COCO: ``images[].id, file_name`` and ``annotations[].image_id, caption``.

    Raises:
        CaptionFileError: the annotations are not captions.
    """
    builder = TableBuilder(display_path(path))
    captions = _captions_by_image(builder, content["annotations"])
    if content["annotations"] and not captions:
        raise CaptionFileError(
            f"{display_path(path)}: the annotations hold no captions.",
            "COCO has captions in the files named captions_*.json, not in instances_*.json.",
        )
    for number, image in enumerate(content["images"], start=1):
        place = f"images entry {number}"
        if not isinstance(image, Mapping) or not isinstance(image.get("file_name"), str):
            builder.problem(place, "no file_name.")
            continue
        found = captions.pop(image.get("id"), [])
        if not found:
            builder.problem(place, f"no caption for {image['file_name']}.")
        builder.add(place, image["file_name"], found, _scalars(image, _COCO_LEFT_OUT))
    for image_id in captions:
        builder.problem("annotations", f"there is no image with the id {image_id!r}.")
    return builder.build()


def read_karpathy(path: bytes, images: Sequence[Any]) -> CaptionTable:
    """Captions of a Karpathy split: ``images[].filename, filepath, sentences[].raw, split``."""
    builder = TableBuilder(display_path(path))
    for number, image in enumerate(images, start=1):
        place = f"images entry {number}"
        if not isinstance(image, Mapping) or not isinstance(image.get("filename"), str):
            builder.problem(place, "no filename.")
            continue
        folder = image.get("filepath")
        file = f"{folder}/{image['filename']}" if isinstance(folder, str) else image["filename"]
        captions = [
            sentence["raw"]
            for sentence in image.get("sentences") or ()
            if isinstance(sentence, Mapping) and isinstance(sentence.get("raw"), str)
        ]
        if not captions:
            builder.problem(place, f"no caption for {file}.")
        builder.add(place, file, captions, _scalars(image, _KARPATHY_LEFT_OUT))
    return builder.build()


def _captions_by_image(builder: TableBuilder, annotations: Sequence[Any]) -> dict[Any, list[str]]:
    captions: dict[Any, list[str]] = {}
    for number, entry in enumerate(annotations, start=1):
        caption = entry.get("caption") if isinstance(entry, Mapping) else None
        image_id = entry.get("image_id") if isinstance(entry, Mapping) else None
        if isinstance(caption, str) and isinstance(image_id, int | str):
            captions.setdefault(image_id, []).append(caption)
        else:
            builder.problem(f"annotations entry {number}", "no image_id and caption.")
    return captions


def _scalars(entry: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    return {
        name: value
        for name, value in entry.items()
        if name and name not in left_out and isinstance(value, str | int | float)
    }
