"""What a caller may give for a picture, checked before anything is done with it."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Any

from lsr_opensearch.errors import UsageError
from lsr_opensearch.indexing.captions.cleaning import clean_texts
from lsr_opensearch.indexing.photo import MetadataValue
from lsr_opensearch.terms import TermWeights, check_terms

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource


@dataclass(frozen=True)
class Item:
    """A picture of the caller's, with the caller's own id.

    Attributes:
        id: any non-empty string; adding the same id again replaces the document.
        image: a path, the bytes of a file, a Pillow image, or an ``http(s)://`` URL; None for
            an item that has only captions.
        captions: what is said of it, any number.
        terms: the image's term weights, in place of an image, where they are known already: of
            the space of the index's model.
        metadata: free values, stored under ``extra`` and usable in filters as ``extra.NAME``:
            text, finite numbers, booleans, dates, or lists of them.
    """

    id: str
    image: ImageSource | bytearray | memoryview | io.BytesIO | None = None
    captions: Sequence[str] | None = ()
    metadata: Mapping[str, MetadataValue | date | time] | None = field(default_factory=dict)
    terms: Mapping[str, float] | None = None


@dataclass(frozen=True)
class CheckedItem:
    """An `Item` whose every value is what it should be; see there.

    Attributes:
        captions: cleaned.
        metadata: JSON-able, and the caller's no more.
    """

    id: str
    image: ImageSource | None
    captions: tuple[str, ...]
    metadata: Mapping[str, MetadataValue]
    terms: TermWeights


def check_item(item: Item) -> CheckedItem:
    """The item, with its image, captions and metadata in the one form that is worked with.

    Nothing is read: an image of the right type may still turn out to be no picture.

    Raises:
        UsageError: a value of a wrong type, a number that is not finite, text that is no UTF-8,
            or neither an image nor captions. The message names the item and the field.
    """
    _check_is_item(item)
    checked = CheckedItem(
        item.id,
        _image(item.id, item.image),
        _captions(item.id, item.captions),
        _metadata(item.id, item.metadata),
        {} if item.terms is None else check_terms(item.terms, f"terms of the item {item.id!r}"),
    )
    if checked.image is not None and checked.terms:
        raise UsageError(
            f"The item {item.id!r} has an image and terms.", "The terms stand for an image."
        )
    if checked.image is None and not checked.captions and not checked.terms:
        raise UsageError(
            f"The item {item.id!r} has neither an image nor captions nor terms.",
            "Give it one of them.",
        )
    return checked


# What the caller gives need not be what its type says: hence `Any` below.


def _check_is_item(item: Any) -> None:
    if not isinstance(item, Item):
        raise UsageError(
            f"Among the items is {_kind(item)}.", "Give lsr_opensearch.Item objects, in a list."
        )
    if not isinstance(item.id, str) or not item.id or "\0" in item.id or not _is_utf8(item.id):
        raise UsageError(
            f"An item has the id {item.id!r}.",
            "Ids are non-empty strings, valid as UTF-8 and without NUL characters.",
        )


def _image(item_id: str, value: Any) -> ImageSource | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, io.BytesIO):
        return value.getvalue()
    if isinstance(value, str | os.PathLike):
        try:
            os.fsencode(value)
        except ValueError:
            raise UsageError(
                f"The item {item_id!r}: the image {os.fspath(value)!r} is no path.",
                "Remove the lone surrogates from it.",
            ) from None
        return value

    from PIL import Image

    if not isinstance(value, Image.Image):
        raise UsageError(
            f"The item {item_id!r}: the image is {_kind(value)}.",
            "Give a path, the bytes of a file, a Pillow image or a URL; "
            "PIL.Image.fromarray makes an image of an array.",
        )
    return value


def _captions(item_id: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UsageError(
            f"The item {item_id!r}: captions is {_kind(value)}, not a list of strings.",
            'Write for example captions=["a dog"].',
        )
    for caption in value:
        if not isinstance(caption, str):
            raise UsageError(
                f"The item {item_id!r}: among the captions is {_kind(caption)}.",
                "Captions are strings.",
            )
    return clean_texts(value)


def _metadata(item_id: str, value: Any) -> dict[str, MetadataValue]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(
            f"The item {item_id!r}: metadata is {_kind(value)}, not a dictionary.",
            'Write for example metadata={"album": "Norway"}.',
        )
    return {
        _metadata_name(item_id, name): _metadata_value(item_id, name, inner)
        for name, inner in value.items()
    }


def _metadata_name(item_id: str, name: Any) -> str:
    if not isinstance(name, str) or not _is_utf8(name):
        raise UsageError(
            f"The item {item_id!r}: metadata has the name {name!r}.",
            "Names are strings, valid as UTF-8.",
        )
    return name


def _metadata_value(item_id: str, name: str, value: Any) -> MetadataValue:
    if isinstance(value, list | tuple):
        return [_single_value(item_id, name, inner) for inner in value]
    return _single_value(item_id, name, value)


def _single_value(item_id: str, name: str, value: Any) -> str | int | float:
    plain = _plain(value)
    if isinstance(plain, str) and _is_utf8(plain):
        return plain
    if isinstance(plain, int) or (isinstance(plain, float) and math.isfinite(plain)):
        return plain
    what = repr(plain) if isinstance(plain, str | float) else _kind(value)
    raise UsageError(
        f"The item {item_id!r}: metadata {name!r} is or holds {what}.",
        "Values are text, finite numbers, booleans, dates, or lists of them; leave out the others.",
    )


def _plain(value: Any) -> Any:
    """Dates and numpy's scalars as what JSON knows; everything else as it is."""
    if isinstance(value, str | int | float):
        return value

    import numpy as np

    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.generic):
        value = value.item()
    return value.isoformat() if isinstance(value, date | time) else value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    return "None" if value is None else f"of the type {type(value).__name__}"
