"""How a picture becomes what a network sees: one definition for training, export and search."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from lsr_opensearch.encoders.networks.files import PICTURE_INPUT
from lsr_opensearch.errors import ModelError
from lsr_opensearch.images import on_white, open_image

if TYPE_CHECKING:
    from lsr_opensearch.images import ImageSource

Fit = Literal["squash", "crop"]

# Of CLIP's training pictures; BLIP and ALBEF use them, too.
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class PictureInput:
    """Of a network that takes normalised RGB pixels.

    Attributes:
        width, height: pixels.
        fit: ``squash`` gives the picture these sides whatever its own are; ``crop`` scales its
            shorter side and cuts out the middle.
        mean, deviation: of each channel, of values between 0 and 1.
    """

    width: int
    height: int
    fit: Fit = "squash"
    mean: tuple[float, float, float] = CLIP_MEAN
    deviation: tuple[float, float, float] = CLIP_DEVIATION

    def pixels(self, image: ImageSource) -> npt.NDArray[np.float32]:
        """A picture as float32 [3, height, width]; transparent parts are white.

        Raises:
            ImageError: it cannot be decoded.
        """
        from PIL import Image

        picture = on_white(open_image(image))
        size, bicubic = (self.width, self.height), Image.Resampling.BICUBIC
        small = picture.resize(size, bicubic, self._box(picture.width, picture.height))
        values = np.asarray(small, np.float32) / np.float32(255)
        values -= np.array(self.mean, np.float32)
        values /= np.array(self.deviation, np.float32)
        return np.ascontiguousarray(values.transpose(2, 0, 1))

    def batch(self, images: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """Pictures as one array, [count, 3, height, width]."""
        return np.stack(images) if images else np.zeros((0, 3, self.height, self.width), np.float32)

    def _box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of the picture that is seen."""
        if self.fit == "squash":
            return 0, 0, width, height
        scale = min(width / self.width, height / self.height)
        across, down = self.width * scale, self.height * scale
        left, top = (width - across) / 2, (height - down) / 2
        return left, top, left + across, top + down

    def write(self, directory: Path) -> None:
        """As ``picture.json``."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        (directory / PICTURE_INPUT).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> PictureInput:
        """From ``picture.json``.

        Raises:
            ModelError: it is missing or damaged.
        """
        path = directory / PICTURE_INPUT
        try:
            held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                width=int(held["width"]),
                height=int(held["height"]),
                fit=held["fit"],
                mean=tuple(held["mean"]),
                deviation=tuple(held["deviation"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path} cannot be used ({error!r}).",
                "Restore the model directory, or write it again.",
            ) from error
