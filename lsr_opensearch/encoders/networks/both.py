"""The networks of a model directory, each opened when it is first asked."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsr_opensearch.encoders.networks.files import SPECIAL, VOCABULARY, read_lines
from lsr_opensearch.errors import ModelError

if TYPE_CHECKING:
    from lsr_opensearch.encoders.networks.image import ImageNetwork
    from lsr_opensearch.encoders.networks.text import TextNetwork


class Networks:
    """``text.onnx`` and ``image.onnx`` with the vocabulary; safe to use from several threads.

    Args:
        directory: the model directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._opening = threading.Lock()

    @cached_property
    def words(self) -> list[str]:
        """The vocabulary, by number.

        Raises:
            ModelError: its file is missing or damaged.
        """
        return self._lines(VOCABULARY)

    @cached_property
    def not_words(self) -> frozenset[str]:
        """Those of the vocabulary that never weigh anything.

        Raises:
            ModelError: their file is missing or damaged.
        """
        return frozenset(self._lines(SPECIAL))

    def _lines(self, name: str) -> list[str]:
        try:
            return read_lines(self._directory / name)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The model directory {self._directory} is incomplete or damaged ({error}).",
                "Restore the directory, or write the model again.",
            ) from error

    @property
    def text(self) -> TextNetwork:
        """Texts -> words.

        Raises:
            MissingExtraError: tokenizers is not installed.
            ModelError: a file is missing or damaged.
        """
        with self._opening:
            return self._text

    @property
    def image(self) -> ImageNetwork:
        """Pictures -> words.

        Raises:
            ModelError: a file is missing or damaged.
        """
        with self._opening:
            return self._image

    @cached_property
    def _text(self) -> TextNetwork:
        from lsr_opensearch.encoders.networks.text import TextNetwork

        return TextNetwork(self._directory, self.words)

    @cached_property
    def _image(self) -> ImageNetwork:
        from lsr_opensearch.encoders.networks.image import ImageNetwork

        return ImageNetwork(self._directory, self.words)
