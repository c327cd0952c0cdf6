"""The commands of docs/training.md do what the page says, in its order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Finished

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
CODE = ROOT / "lsr_opensearch" / "training" / "d2s"
# Sizes alone, behind what the page says: as it stands, it takes some minutes.
SMALLER = {
    "data planted": ("--train", "500", "--val", "60", "--test", "100", "--vocabulary", "1000"),
    "train d2s": ("--epochs", "8"),
}


def blocks() -> list[list[list[str]]]:
    """The words of each line of each block of commands."""
    found = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [[shlex.split(line) for line in block.splitlines()] for block in found]


def test_each_equation_stands_where_the_table_says() -> None:
    rows = re.findall(r"^\|.*\| `([^`]+\.py)`: (.+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 10
    for file, names in rows:
        code = (CODE / file).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", names):
            assert re.search(rf"^ *(def|class) {name}\b", code, re.MULTILINE), (file, name)


@pytest.mark.slow
def test_every_command_runs_in_the_order_of_the_page(
    lsr_os: Callable[..., Finished], tmp_path: Path
) -> None:
    install, *commands = blocks()[0]
    assert install == ["pip", "install", "lsr-opensearch[torch]"]
    told = {}
    for program, *arguments in commands:
        assert program == "lsr-os"
        name = " ".join(arguments[: 2 if arguments[0] in ("data", "train") else 1])
        told[name] = lsr_os(*arguments, *SMALLER.get(name, ()))
        assert told[name].status == 0, f"{arguments}\n{told[name].err}"
    assert list(told) == ["data planted", "train d2s", "eval", "index", "search"]
    assert (tmp_path / "model" / "model.json").is_file()
    assert "text to image, dense" in told["eval"].out
    assert told["index"].out == "planted: 660 new\n"
    # The best of 660 captions for "old guy at the coast" may say it in other words.
    best = told["search"].out.splitlines()[0]
    assert re.search("man|guy|coast|beach|shore|sea|old", best), best


def test_the_commands_for_published_vectors_stop_only_at_what_is_not_there(
    lsr_os: Callable[..., Finished],
) -> None:
    train, evaluate = blocks()[1]
    for program, *arguments in (train, evaluate):
        assert program == "lsr-os"
        done = lsr_os(*arguments)
        # Wrong use would be 2.
        assert done.status == 1, done.err
        assert "mscoco-blip-dense" in done.err or "d2s-coco" in done.err
