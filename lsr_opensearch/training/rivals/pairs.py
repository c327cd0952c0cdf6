"""What a rival learns from: pairs of a caption, as tokens, and the file of its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from lsr_opensearch.datasets.dataset import PictureDataset


@dataclass(frozen=True)
class Pairs:
    """A split of a data set of pictures.

    Attributes:
        files: of the pictures.
        tokens: of each caption, special ones among them.
        image_of_text: row of each caption's picture, int64 [captions].
    """

    files: tuple[Path, ...]
    tokens: tuple[tuple[int, ...], ...]
    image_of_text: Tensor

    @classmethod
    def of(cls, dataset: PictureDataset, tokenizer_file: Path, most_tokens: int) -> Pairs:
        """Longer captions are cut after ``most_tokens``."""
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(most_tokens)
        return cls(
            files=dataset.image_files,
            tokens=tuple(tuple(one.ids) for one in tokenizer.encode_batch(list(dataset.captions))),
            image_of_text=torch.from_numpy(dataset.image_of_caption),
        )

    def told(self) -> Iterator[str]:
        """What it is made of: names and sizes of the files, which may lie elsewhere, and tokens."""
        for file in self.files:
            yield f"{file.name} {file.stat().st_size}"
        for row, tokens in zip(self.image_of_text.tolist(), self.tokens, strict=True):
            yield f"{row} {tokens}"

    def batches(self, size: int, seed: int) -> Iterator[Tensor]:
        """Numbers of captions, each once, shuffled; the last batch may be smaller."""
        random = torch.Generator().manual_seed(seed)
        return iter(torch.randperm(len(self.tokens), generator=random).split(size))

    def text_batch(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Tokens of some captions and which of them count, int64 [rows, longest] each."""
        chosen = [torch.tensor(self.tokens[row]) for row in rows]
        ids = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True)
        lengths = torch.tensor([len(one) for one in chosen])
        return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).long()
