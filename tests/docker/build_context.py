"""Which files a .dockerignore lets through to the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath


def let_through(paths: Iterable[str], ignore: str) -> list[str]:
    """Those of ``paths`` that are sent, by the text of a .dockerignore: the last match decides.

    A pattern that matches a folder holds for all that is in it, as Docker has it.
    """
    rules = [
        (line.startswith("!"), re.compile(_expression(line.removeprefix("!"))))
        for line in map(str.strip, ignore.splitlines())
        if line and not line.startswith("#")
    ]
    return [path for path in paths if not _ignored(path, rules)]


def _ignored(path: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    here = PurePosixPath(path)
    names = [str(here), *(str(parent) for parent in here.parents if parent.name)]
    ignored = False
    for is_exception, pattern in rules:
        if any(pattern.fullmatch(name) for name in names):
            ignored = not is_exception
    return ignored


def _expression(pattern: str) -> str:
    parts = re.split(r"(\*\*/|\*|\[[^]]*\])", pattern.strip("/"))
    meanings = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return "".join(
        meanings.get(part, part if part.startswith("[") else re.escape(part)) for part in parts
    )
