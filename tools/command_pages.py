"""Write docs/commands.md from the commands' own help; `--check` fails when it is out of date."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from lsr_opensearch.cli import COMMANDS, group

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
WIDTH = 96


def page() -> str:
    """The whole page: the main help, then one section a command."""
    os.environ.pop("LSR_OS_URL", None)
    root = click.Context(group, info_name="lsr-os", terminal_width=WIDTH)
    parts = [
        "# Commands\n\nWritten by `make docs` from the commands themselves.\n\n",
        _block(group.get_help(root)),
    ]
    for name in COMMANDS:
        command = group.get_command(root, name)
        if command is None:
            raise SystemExit(f"there is no command {name}")
        context = click.Context(command, info_name=name, parent=root, terminal_width=WIDTH)
        parts.append(f"\n## lsr-os {name}\n\n{_block(command.get_help(context))}")
    return "".join(parts)


def _block(text: str) -> str:
    return f"```text\n{re.sub(r' +$', '', text, flags=re.MULTILINE)}\n```\n"


def main() -> int:
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.name} does not say what the commands say; run: make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
