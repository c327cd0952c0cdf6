"""Commands in messages are for the index that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lsr_opensearch import open_index
from lsr_opensearch.cli.hints import pasteable
from tests.conftest import Finished
from tests.faults.server import serving

Command = Callable[..., Finished]


@pytest.mark.parametrize(
    ("text", "options", "shown"),
    [
        ("Make it: lsr-os index FOLDER", {}, "Make it: lsr-os index FOLDER"),
        (
            "Make it: lsr-os index FOLDER",
            {"--url": "http://h:1", "--index": "trip"},
            "Make it: lsr-os index --url http://h:1 --index trip FOLDER",
        ),
        ("`lsr-os status` lists them", {"--insecure": ""}, "`lsr-os status --insecure` lists them"),
        ("lsr-os reindex goes on", {"--url": "my file"}, "lsr-os reindex --url 'my file' goes on"),
        (
            "lsr-os verify --repair --index trip",
            {"--url": "x", "--index": "trip"},
            "lsr-os verify --url x --repair --index trip",
        ),
        ("pip install 'lsr-opensearch[raw]'", {"--url": "x"}, "pip install 'lsr-opensearch[raw]'"),
    ],
)
def test_commands_get_the_options_that_they_lack(
    text: str, options: dict[str, str], shown: str
) -> None:
    assert pasteable(text, options) == shown


@pytest.mark.parametrize("command", [["search", "dog"], ["status"], ["verify"], ["doctor"]])
def test_what_was_written_out_stands_in_the_hint(command: list[str], lsr_os: Command) -> None:
    with serving() as cluster:
        url = f"opensearch+{cluster.url}"
        done = lsr_os(*command, "--url", url.replace("//", "//me:pw@"), "--index", "trip")
    assert f"lsr-os index --url {url} --index trip FOLDER" in done.err + done.out
    assert "pw" not in done.err + done.out


def test_what_the_environment_says_need_not_be_written(
    lsr_os: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSR_OS_URL", "photos.sqlite")
    monkeypatch.setenv("LSR_OS_INDEX", "trip")
    assert "Make it: lsr-os index FOLDER\n" in lsr_os("status").err


@pytest.mark.parametrize("command", [["search", "dog"], ["status"], ["verify"], ["reindex"]])
def test_a_missing_index_is_an_error_of_every_command(command: list[str], lsr_os: Command) -> None:
    done = lsr_os(*command)
    assert done.status == 1
    assert done.err.startswith("Error: There is no index 'photos'")


def test_a_rebuild_that_is_under_way_is_told_with_the_options(
    album: Path, lsr_os: Command, tmp_path: Path
) -> None:
    lsr_os("index", album, "--url", "here.sqlite")
    with open_index(tmp_path / "here.sqlite") as index:
        schema = index.engine.schema()
        assert schema is not None
        index.engine.rebuild(schema).close()
    said = lsr_os("status", "--url", "here.sqlite").out
    assert "lsr-os reindex --url here.sqlite goes on" in said
    assert "lsr-os reindex --url here.sqlite --abandon gives it up" in said
