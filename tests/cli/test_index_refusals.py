"""`lsr-os index`: options that cannot be obeyed together are refused before anything is done."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.datasets.files import IMAGES_FILE, META_FILE
from tests.conftest import PHOTOS, Finished

Counts = Callable[..., dict[str, Any]]
Command = Callable[..., Finished]


@pytest.mark.parametrize(
    "option", ["--captions=c.tsv", "--no-captions", "--source=x", "--prune", "--dry-run"]
)
def test_a_list_is_tried_again_as_it_is_or_not_at_all(
    option: str, album: Path, counts: Counts, lsr_os: Command, tmp_path: Path
) -> None:
    (album / "bad.jpg").write_bytes(b"")
    (tmp_path / "c.tsv").write_text("bad.jpg\ta cat\n")
    letters = tmp_path / "letters.jsonl"
    assert counts(album, "--dead-letters", letters)["status"] == 3
    shutil.copy2(PHOTOS / "koala.jpg", album / "bad.jpg")
    refused = lsr_os("index", "--retry", letters, option)
    assert refused.status == 2
    assert option.partition("=")[0] in refused.err
    assert "bad.jpg" not in lsr_os("search", "koala").out
    assert counts("--retry", letters)["status"] == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--captions", "none.tsv"],
        ["--no-captions"],
        ["--prune"],
        ["--workers", "1"],
        ["--dry-run"],
        ["two", "--source", "x"],
    ],
)
def test_options_that_a_data_set_cannot_obey_are_refused(
    options: list[str], lsr_os: Command, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file in (META_FILE, IMAGES_FILE):
            (tmp_path / name / file).touch()
    refused = lsr_os("index", "one", *options)
    assert refused.status == 2
    assert "one is a data set" in refused.err
