"""The folder that a command is asked to make."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lsr_opensearch.errors import UsageError
from lsr_opensearch.new_folder import check_new, new_folder


def test_a_folder_that_is_made_is_there_at_the_end_alone(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with new_folder(out) as folder:
        (folder / "file").write_text("kept")
        (folder / "below").mkdir()
        assert not out.exists()
    assert (out / "file").read_text() == "kept"
    assert (out / "below").is_dir()
    assert os.listdir(tmp_path / "deep") == ["out"]


@pytest.mark.parametrize("is_there", [False, True])
def test_an_interruption_leaves_nothing_so_that_the_same_can_be_done_again(
    tmp_path: Path, is_there: bool
) -> None:
    out = tmp_path / "out"
    if is_there:
        out.mkdir()

    def interrupted() -> None:
        with new_folder(out) as folder:
            (folder / "file").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [*tmp_path.rglob("*")] == [out] * is_there
    with new_folder(out) as folder:
        (folder / "file").write_text("whole")
    assert (out / "file").read_text() == "whole"


def test_an_empty_folder_stays_the_same_one_for_whoever_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with new_folder(Path()) as folder:
        (folder / "file").write_text("kept")
    assert os.listdir() == ["file"]


def test_what_somebody_else_has_there_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match=f"{tmp_path} is not empty"), new_folder(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["mine"]


def test_what_is_begun_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "begun").write_text("")
    check_new(tmp_path, begun=("begun",))
    with pytest.raises(UsageError, match="is not empty"):
        check_new(tmp_path, begun=("other",))


@pytest.mark.parametrize("below", ["", "below"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match=f"cannot be made: {file} is a file"):
        check_new(file / below)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("below", ["", "below/deep"])
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path, below: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(UsageError, match=f"cannot be made: {closed} may not be written to"):
        check_new(closed / below)
