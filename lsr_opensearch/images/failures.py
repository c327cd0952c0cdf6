"""What decoders complain of, as one kind of error with one kind of message."""

from __future__ import annotations

import re

from lsr_opensearch.errors import ImageError


def not_decodable(name: str, error: Exception) -> ImageError:
    """The error for a picture of which a decoder says this."""
    return ImageError(
        f"{name}: not a picture that can be decoded ({reason_of(error)}).",
        "Open it in a viewer: if it is damaged, restore it from a backup.",
    )


def reason_of(error: Exception) -> str:
    """What a decoder complains of, without what only its authors understand."""
    # Some of Pillow's messages show the object in memory; an address tells nobody anything.
    message = re.sub(r" <_?io\.\S+ object at \S+>", "", str(error))
    return message.strip().rstrip(".") or type(error).__name__
