"""`lsr-os models`: a list, a model by its name, and subcommands beside them."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.conftest import Finished

Command = Callable[..., Finished]


def test_the_models_are_listed_with_how_to_get_what_is_not_here(lsr_os: Command) -> None:
    listed = [json.loads(line) for line in lsr_os("models", "--json").out.splitlines()]
    assert [(one["name"], one["bundled"]) for one in listed] == [
        ("basic", True),
        ("d2s-blip-coco", False),
    ]
    assert listed[1]["how"].startswith("lsr-os models import-head lsr42/")
    assert lsr_os("models").out.startswith("basic\tyes\t")


def test_a_model_is_shown_by_its_name(lsr_os: Command) -> None:
    assert "space id: basic-" in lsr_os("models", "basic").out
    for arguments in (("basic", "--json"), ("--json", "basic")):
        assert json.loads(lsr_os("models", *arguments).out)["name"] == "basic"


def test_a_model_that_is_not_there_is_told(lsr_os: Command) -> None:
    done = lsr_os("models", "nosuch")
    assert done.status == 1
    assert "There is no model named 'nosuch'" in done.err


def test_a_subcommand_is_not_taken_for_a_model(lsr_os: Command) -> None:
    done = lsr_os("models", "import-head", "--help")
    assert done.status == 0
    assert "--dense-model" in done.out
