"""An index in a file, rebuilt beside the one that serves: for another model, or as it is."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch import Item, PhotoIndex, load_encoder, open_index
from lsr_opensearch.errors import SpaceMismatchError
from lsr_opensearch.indexing.rebuilding import RebuildOptions, rebuild_index
from lsr_opensearch.photo_index import open_encoding_cache
from tests.conftest import Finished, draw_picture
from tests.models import other_model

Command = Callable[..., Finished]
COUNT = 10


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(COUNT):
        draw_picture(folder / f"{seed}.png", seed=seed)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return other_model(tmp_path)


@pytest.fixture
def on_file(lsr_os: Command, tmp_path: Path) -> Command:
    """Runs a command on the test's own index file."""

    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", tmp_path / "index.sqlite")

    return run


def opened(tmp_path: Path, model: Path | None = None, name: str = "photos") -> PhotoIndex:
    return open_index(tmp_path / "index.sqlite", model=model, name=name)


def hits(done: Finished) -> list[tuple[str, float]]:
    assert done.status == 0, done.err
    return [(hit["path"], hit["score"]) for hit in map(json.loads, done.out.splitlines())]


def facts(done: Finished) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_the_new_model_serves_and_the_old_one_is_refused(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    before = hits(on_file("search", "--json", "red"))
    done = on_file("reindex", "--model", model)
    assert done.status == 0, done.err
    assert hits(on_file("search", "--json", "red", "--model", model)) == before
    refused = on_file("search", "red", "--model", "basic")
    assert refused.status == 1
    assert "other" in refused.err
    assert on_file("verify").status == 0
    assert facts(on_file("status", "--json"))["model"] == "other"


def test_everything_is_unchanged_for_the_next_run(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    on_file("reindex", "--model", model)
    report = facts(on_file("index", "--json", pictures, "--model", model))
    assert (report["unchanged"], report["new"]) == (COUNT, 0)


def test_what_was_skipped_stays_known(pictures: Path, on_file: Command) -> None:
    (pictures / "broken.png").write_bytes(b"no picture")
    assert on_file("index", pictures).status == 3
    assert on_file("reindex").status == 0
    ((source,),) = [facts(on_file("status", "--json"))["sources"]]
    assert (source["indexed"], source["skipped"]) == (COUNT, 1)
    assert on_file("verify").status == 0


def test_captions_of_earlier_tables_are_kept_and_move_with_their_picture(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    table = tmp_path / "captions.tsv"
    table.write_text("1.png\tA lighthouse at dawn\n2.png\tAn old harbour\n")
    on_file("index", pictures, "--captions", table)
    table.unlink()
    (pictures / "2.png").rename(pictures / "harbour.png")
    assert on_file("reindex", "--model", model).status == 0
    for words, path in (("lighthouse at dawn", "1.png"), ("old harbour", "harbour.png")):
        (hit,) = hits(on_file("search", "--json", f'"{words}"', "--model", model))
        assert hit[0] == path


def test_a_copy_keeps_its_own_captions_where_the_original_is_gone(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    table = tmp_path / "captions.tsv"
    table.write_text("1.png\tA lighthouse at dawn\ncopy.png\tAn old harbour\n")
    shutil.copy2(pictures / "1.png", pictures / "copy.png")
    on_file("index", pictures, "--captions", table)
    (pictures / "1.png").unlink()
    assert on_file("reindex", "--model", model).status == 0
    (hit,) = hits(on_file("search", "--json", '"old harbour"', "--model", model))
    assert hit[0] == "copy.png"


def test_the_old_index_can_be_kept_or_dropped(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    kept = json.loads(on_file("reindex", "--json", "--model", model).out.splitlines()[-1])["kept"]
    assert len(hits(on_file("search", "--json", "red", "--index", kept))) > 0
    done = on_file("reindex", "--json", "--model", "basic", "--drop-old")
    assert json.loads(done.out.splitlines()[-1])["kept"] is None
    assert on_file("forget", "--all", "--yes", "--index", kept).status == 0
    assert len(hits(on_file("search", "--json", "red"))) > 0
    assert on_file("verify").status == 0


def test_the_same_model_copies_without_looking_at_the_files(
    pictures: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    before = hits(on_file("search", "--json", "red"))
    shutil.rmtree(pictures)
    done = on_file("reindex", "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out.splitlines()[0])["how"] == "copied"
    assert hits(on_file("search", "--json", "red")) == before


def test_items_must_be_left_out_by_name(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png")])
    refused = on_file("reindex", "--model", model)
    assert refused.status == 1
    assert "--leave-out items" in refused.err
    assert facts(on_file("status", "--json"))["model"] == "basic"
    done = on_file("reindex", "--model", model, "--leave-out", "items")
    assert done.status == 0, done.err
    assert "left out" in done.err
    with opened(tmp_path, model) as index:
        assert index.engine.fetch(["mine"]) == {}
        assert index.add([Item("mine", image=pictures / "3.png")]).new == 1


def test_a_folder_that_was_left_out_after_it_was_brought_over_is_new_to_the_next_run(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    (pictures / "broken.png").write_bytes(b"no picture")
    on_file("index", pictures)
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png")])
    assert "--leave-out items" in on_file("reindex", "--model", model).err
    (pictures / "broken.png").unlink()
    left_out = ["--leave-out", "items", "--leave-out", "pictures"]
    assert on_file("reindex", "--model", model, *left_out).status == 0
    report = facts(on_file("index", "--json", pictures, "--model", model))
    assert (report["new"], report["unchanged"]) == (COUNT, 0)


def test_items_are_copied_where_the_space_stays(
    pictures: Path, on_file: Command, tmp_path: Path
) -> None:
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png", captions=["A lighthouse"])])
        before = index.engine.fetch(["mine"])
    assert on_file("reindex").status == 0
    with opened(tmp_path) as index:
        assert index.engine.fetch(["mine"]) == before


def test_an_unknown_source_to_leave_out_is_refused(pictures: Path, on_file: Command) -> None:
    on_file("index", pictures)
    done = on_file("reindex", "--leave-out", "nothing")
    assert done.status == 2
    assert "'nothing'" in done.err


def test_far_fewer_pictures_than_before_stop_the_swap(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    for seed in range(4):
        (pictures / f"{seed}.png").unlink()
    stopped = on_file("reindex", "--model", model)
    assert stopped.status == 1
    assert "--prune" in stopped.err
    assert facts(on_file("status", "--json"))["model"] == "basic"
    done = on_file("reindex", "--model", model, "--prune")
    assert done.status == 3
    assert "0.png" in done.err
    assert facts(on_file("status", "--json"))["documents"] == COUNT - 4


def test_pictures_that_became_others_stop_the_swap(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    for seed in range(4):
        (pictures / f"{seed}.png").unlink()
        draw_picture(pictures / f"new-{seed}.png", colour="blue", seed=seed)
    assert on_file("reindex", "--model", model).status == 1
    assert facts(on_file("status", "--json"))["model"] == "basic"


def test_a_folder_that_was_renamed_within_is_no_loss(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    (pictures / "new").mkdir()
    for seed in range(COUNT):
        (pictures / f"{seed}.png").rename(pictures / "new" / f"{seed}.png")
    assert on_file("reindex", "--model", model).status == 0


def test_a_missing_folder_is_told(pictures: Path, model: Path, on_file: Command) -> None:
    on_file("index", pictures)
    pictures.rename(pictures.with_name("elsewhere"))
    done = on_file("reindex", "--model", model)
    assert done.status == 2
    assert "drive connected" in done.err


def test_another_model_cannot_go_on_with_a_rebuild_but_abandoning_it_can_be_told(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png")])
    on_file("reindex", "--model", model)
    under_way = facts(on_file("status", "--json"))["rebuilding"]
    assert under_way == {"model": "other", "documents": COUNT}
    assert "being rebuilt" in on_file("status").out
    third = other_model(tmp_path, "third")
    refused = on_file("reindex", "--model", third)
    assert refused.status == 1
    assert "--abandon" in refused.err
    assert on_file("reindex", "--abandon").status == 0
    assert facts(on_file("status", "--json"))["rebuilding"] is None
    assert on_file("reindex", "--abandon").status == 2
    assert on_file("verify").status == 0


def test_a_source_that_was_forgotten_meanwhile_is_not_brought_back(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    other = tmp_path / "second"
    other.mkdir()
    draw_picture(other / "x.png", colour="green")
    on_file("index", pictures, other)
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png")])
    on_file("reindex", "--model", model)
    on_file("forget", "second", "--yes")
    assert on_file("reindex", "--model", model, "--leave-out", "items").status == 0
    assert [source["name"] for source in facts(on_file("status", "--json"))["sources"]] == [
        "items",
        "pictures",
    ]


def rebuilt(index: PhotoIndex, model: Path | str, in_last_step: Callable[[], None]) -> None:
    """Rebuild an index that has one source, and do something in the middle of the last step."""
    steps: list[str] = []

    @contextmanager
    def show_progress(source: str) -> Iterator[None]:
        yield
        steps.append(source)
        if len(steps) == 2:
            in_last_step()

    with open_encoding_cache() as cache:
        encoder = load_encoder(model)
        rebuild_index(index.engine, encoder, cache, RebuildOptions(), show_progress)


@pytest.mark.parametrize("same", [True, False])
def test_what_is_written_in_the_last_step_is_brought_over(
    same: bool, pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)

    def write() -> None:
        draw_picture(pictures / "late.png", colour="blue", seed=99)
        (pictures / "0.png").unlink()
        assert on_file("index", pictures).status == 0

    name = "basic" if same else model
    with opened(tmp_path) as index:
        rebuilt(index, name, write)
    assert facts(on_file("status", "--json"))["documents"] == COUNT
    report = facts(on_file("index", "--json", pictures, "--model", name))
    assert (report["unchanged"], report["new"], report["removed"]) == (COUNT, 0, 0)
    assert on_file("verify").status == 0


@pytest.mark.slow
def test_killed_at_any_time_the_same_command_resumes(
    model: Path, on_file: Command, tmp_path: Path
) -> None:
    pictures = tmp_path / "many"
    pictures.mkdir()
    for seed in range(200):
        draw_picture(pictures / f"{seed:03}.png", colour=f"hsl({seed}, 80%, 50%)", seed=seed)
    on_file("index", pictures)
    before = hits(on_file("search", "--json", "red"))
    command = ["reindex", "--url", str(tmp_path / "index.sqlite"), "--model", str(model)]
    moments = random.Random(5)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-m", "lsr_opensearch.cli", *command])
        time.sleep(moments.uniform(0.7, 4))
        process.kill()
        process.wait(timeout=60)
        if facts(on_file("status", "--json"))["model"] == "other":
            break
        assert hits(on_file("search", "--json", "red")) == before
        assert on_file("verify").status == 0
    assert on_file("reindex", "--model", model).status == 0
    assert hits(on_file("search", "--json", "red", "--model", model)) == before
    assert on_file("verify").status == 0


@pytest.mark.slow
def test_two_rebuilds_at_once_end_as_one(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)
    before = hits(on_file("search", "--json", "red"))
    command = ["reindex", "--url", str(tmp_path / "index.sqlite"), "--model", str(model)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "lsr_opensearch.cli", *command], stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=300)[1].decode() for process in processes]
    statuses = [process.returncode for process in processes]
    assert 0 in statuses, said
    assert set(statuses) <= {0, 1}, said
    assert "Traceback" not in "".join(said)
    assert hits(on_file("search", "--json", "red", "--model", model)) == before
    assert facts(on_file("status", "--json"))["rebuilding"] is None
    assert on_file("verify").status == 0


def test_a_program_can_add_its_items_to_the_next_index(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    with opened(tmp_path) as index:
        index.add([Item("mine", image=pictures / "3.png")])
        assert on_file("reindex", "--model", model).status == 1
        rebuild = index.engine.rebuilding()
        assert rebuild is not None
        with PhotoIndex(rebuild.index, model) as following:
            following.add([Item("mine", image=pictures / "3.png")])
    done = on_file("reindex", "--model", model)
    assert done.status == 0, done.err
    with opened(tmp_path, model) as index:
        assert index.engine.fetch(["mine"])


def test_objects_that_were_open_do_not_mix_two_spaces(
    pictures: Path, model: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)
    with opened(tmp_path) as index:
        assert index.search("red")
        assert on_file("reindex", "--model", model).status == 0
        with pytest.raises(SpaceMismatchError):
            index.search("red")
        index.engine.schema()
        with pytest.raises(SpaceMismatchError):
            index.search("red")
        draw_picture(pictures / "late.png", seed=99)
        with pytest.raises(SpaceMismatchError):
            index.add_folder(pictures)


def test_objects_that_were_open_go_on_where_the_space_stays(
    pictures: Path, on_file: Command, tmp_path: Path
) -> None:
    on_file("index", pictures)
    with opened(tmp_path) as index:
        before = [(hit.path, hit.score) for hit in index.search("red")]
        assert on_file("reindex", "--drop-old").status == 0
        assert [(hit.path, hit.score) for hit in index.search("red")] == before
        draw_picture(pictures / "late.png", seed=99)
        assert index.add_folder(pictures).new == 1


def test_a_file_has_no_field_types(pictures: Path, on_file: Command) -> None:
    on_file("index", pictures)
    assert on_file("reindex", "--field-type", "sparse_vector").status == 2


def test_there_must_be_an_index(on_file: Command) -> None:
    done = on_file("reindex")
    assert done.status == 1
    assert "lsr-os index" in done.err


def test_a_picture_that_cannot_be_read_any_more_is_told(
    pictures: Path, model: Path, on_file: Command
) -> None:
    on_file("index", pictures)
    entry = os.stat(pictures / "1.png")
    (pictures / "1.png").write_bytes(b"x" * entry.st_size)
    done = on_file("reindex", "--model", model)
    assert done.status == 3
    assert "Skipped 1.png" in done.err
    assert on_file("verify").status == 0
