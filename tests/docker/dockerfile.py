"""What docker/Dockerfile says, read without Docker."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction: ``COPY cli/ cli/`` has the name COPY and the text ``cli/ cli/``."""

    name: str
    text: str


@dataclass(frozen=True)
class Stage:
    """What follows one FROM, up to the next."""

    base: str
    instructions: tuple[Instruction, ...]

    def texts(self, name: str) -> list[str]:
        """The instructions of this name, in order."""
        return [item.text for item in self.instructions if item.name == name]

    def arguments(self) -> dict[str, str]:
        """Names and defaults of ARG."""
        return dict(text.split("=", 1) for text in self.texts("ARG"))

    def pairs(self, name: str) -> dict[str, str]:
        """What ENV or LABEL sets."""
        words = [word for text in self.texts(name) for word in shlex.split(text)]
        return dict(word.split("=", 1) for word in words)

    def copied(self) -> list[str]:
        """What COPY takes from the folder that is built, not from other stages."""
        found = []
        for text in self.texts("COPY"):
            if not text.startswith("--from="):
                found += [source.rstrip("/") for source in text.split()[:-1]]
        return found


def read_stages(path: Path) -> list[Stage]:
    """The stages of a Dockerfile, in order."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages: list[tuple[str, list[Instruction]]] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, text = line.partition(" ")
        if name == "FROM":
            stages.append((text.split()[0], []))
        else:
            stages[-1][1].append(Instruction(name, text.strip()))
    return [Stage(base, tuple(instructions)) for base, instructions in stages]
