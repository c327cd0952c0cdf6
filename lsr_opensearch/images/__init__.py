"""Open a picture safely: whatever the file is, one small upright RGB or RGBA picture, or an error.

Nothing here knows about models.
"""

from lsr_opensearch.images.decoding import (
    MAX_PIXELS,
    WORKING_SIDE,
    ImageSource,
    on_white,
    open_image,
)
from lsr_opensearch.images.files import read_file, read_whole
from lsr_opensearch.images.formats import PHOTO_SUFFIXES
from lsr_opensearch.images.headers import open_header

__all__ = [
    "MAX_PIXELS",
    "PHOTO_SUFFIXES",
    "WORKING_SIDE",
    "ImageSource",
    "on_white",
    "open_header",
    "open_image",
    "read_file",
    "read_whole",
]
