"""Commands in messages, with the options that say where the index is: they can be pasted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_COMMAND = re.compile(r"\blsr-os (?:index|reindex|search|status|verify|forget|doctor)\b")


def pasteable(text: str, options: Mapping[str, str]) -> str:
    """``text`` with the options that the commands in it lack.

    Args:
        options: flag -> value, empty where it takes none.
    """
    missing = "".join(
        f" {flag} {shlex.quote(value)}" if value else f" {flag}"
        for flag, value in options.items()
        if flag not in text
    )
    return _COMMAND.sub(lambda command: command[0] + missing, text)
