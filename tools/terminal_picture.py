"""Draw docs/images/search.svg: real commands in a real terminal, in colour.

The commands run in a pseudo-terminal on an index of the example photos; what they print is drawn
as it is.
"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "search.svg"
WIDTH = 92
COMMANDS = (
    ["index", "examples/photos"],
    ["search", "cat playing with wool", "-n", "3"],
    ["search", "--explain", "a cup of coffee", "-n", "1"],
)
# No web fonts: the picture must look right without fetching anything.
FORMAT = """\
<svg class="rich-terminal" xml:space="preserve" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run_in_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What `lsr-os` prints on a terminal, escape codes and all."""
    main, other = pty.openpty()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("lsr-os"), *arguments],
        cwd=ROOT,
        env=environment,
        stdin=other,
        stdout=other,
        stderr=subprocess.DEVNULL,
    )
    os.close(other)
    printed = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        printed += part
    os.close(main)
    if process.wait():
        raise SystemExit(f"lsr-os {' '.join(arguments)} failed")
    return printed.decode().replace("\r\n", "\n")


def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {
            "LSR_OS_URL": f"{scratch}/index.sqlite",
            "LSR_OS_CACHE_DIR": f"{scratch}/cache",
            "COLUMNS": str(WIDTH),
            "TERM": "xterm-256color",
        }
        for arguments in COMMANDS:
            shown = " ".join(f'"{word}"' if " " in word else word for word in arguments)
            console.print(Text(f"$ lsr-os {shown}", style="bold green"))
            console.print(Text.from_ansi(run_in_terminal(arguments, environment).rstrip("\n")))
            console.print()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    console.save_svg(str(PICTURE), title="lsr-os", code_format=FORMAT, unique_id="lsr")


if __name__ == "__main__":
    main()
