"""Vectors on disk while a data set is being encoded, so that nothing is encoded twice.

A shard is one file that is there whole or not at all. It knows which model its vectors are of, in
which precision, and of what, and is refused where that differs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lsr_opensearch.datasets.dataset import Vectors
from lsr_opensearch.errors import EncodingError

# Pictures or captions in a shard: what is lost at most by an interruption.
SHARD = 512
_VECTORS = "vectors"


@dataclass(frozen=True)
class Shard:
    """Some rows of a data set.

    Attributes:
        vectors: float32 [rows, width]; of a row that is bad, zeros.
        bad: row in the shard -> why it could not be encoded.
    """

    vectors: Vectors
    bad: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShardFolder:
    """The shards of the pictures, or of the captions, of one data set.

    Attributes:
        folder: where they lie.
        side: the beginning of their names.
        model: its `fingerprint`.
        precision: that it ran in.
        keys: what is encoded; a key changes with its thing.
    """

    folder: Path
    side: str
    model: str
    precision: str
    keys: Sequence[str]

    def ranges(self) -> list[range]:
        """The rows of each shard."""
        count = len(self.keys)
        return [range(start, min(start + SHARD, count)) for start in range(0, count, SHARD)]

    def read(self, rows: range) -> Shard | None:
        """The shard of these rows; None where it was not written yet.

        Raises:
            EncodingError: it is damaged, or of another model, precision or data.
        """
        path = self._path(rows)
        if not path.exists():
            return None
        try:
            with safe_open(path, "numpy") as file:
                told, vectors = file.metadata(), file.get_tensor(_VECTORS)
            bad = {int(row): reason for row, reason in json.loads(told["bad"]).items()}
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise EncodingError(
                f"{path} cannot be read ({error}).", "Delete it: it is encoded anew."
            ) from error
        other = [name for name, value in self._about(rows).items() if told.get(name) != value]
        if other:
            raise EncodingError(
                f"{path} was begun with {' and '.join(_SAID[name] for name in other)}.",
                "Go on with what it was begun with; or delete the folder to begin anew, or name "
                "another one: --out DIR",
            )
        return Shard(vectors, bad)

    def write(self, rows: range, shard: Shard) -> None:
        """Write the shard of these rows; whoever is killed meanwhile leaves none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(rows)
        beside = path.with_suffix(".new")
        about = self._about(rows) | {"bad": json.dumps(shard.bad)}
        save_file({_VECTORS: shard.vectors}, beside, about)
        with open(beside, "rb") as written:
            os.fsync(written.fileno())
        os.replace(beside, path)

    def _path(self, rows: range) -> Path:
        return self.folder / f"{self.side}-{rows.start:08}.safetensors"

    def _about(self, rows: range) -> dict[str, str]:
        keys = json.dumps([self.keys[row] for row in rows]).encode()
        items = hashlib.sha256(keys).hexdigest()
        return {"model": self.model, "precision": self.precision, "items": items}


_SAID = {
    "model": "another dense model",
    "precision": "another precision",
    "items": "other pictures or captions",
}
