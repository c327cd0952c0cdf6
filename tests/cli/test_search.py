"""`lsr-os search`, `encode`, `status`, `verify`, `forget`, `models`: what they print and mean."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch.cli.options import default_url
from tests.conftest import PHOTOS, Finished

Counts = Callable[..., dict[str, Any]]
Found = Callable[..., list[str]]
Command = Callable[..., Finished]


@pytest.fixture
def indexed(album: Path, counts: Counts) -> Path:
    """The album, indexed."""
    counts(album)
    return album


@pytest.fixture(scope="module")
def all_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of all the example photos, without captions."""
    from lsr_opensearch import open_index

    path = tmp_path_factory.mktemp("all") / "index.sqlite"
    with open_index(path) as index:
        report = index.add_folder(PHOTOS)
    assert report.complete
    return path


def hits(done: Finished) -> list[dict[str, Any]]:
    assert done.status == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat", {"chelsea-cat.jpg", "kitten-with-wool.jpg"}),
        ("a cup of coffee", {"coffee-cup.jpg"}),
        ("dog", {"german-shepherd.jpg", "two-dogs-at-window.jpg"}),
        ("hedgehog", {"hedgehog.jpg"}),
        ("koala in a tree", {"koala.jpg"}),
        ("bison", {"american-bison.jpg"}),
        ("butterfly", {"butterfly.jpg"}),
        ("crab", {"sally-lightfoot-crab.jpg"}),
        ("parrot", {"scarlet-macaw.jpg"}),
        ("penguin", {"chinstrap-penguin.jpg"}),
        ("guitar", {"guitar-and-drums.jpg"}),
        ("bee on a flower", {"honey-bee.jpg"}),
        ("hens", {"brown-hens.jpg"}),
        ("car", {"blue-car.png"}),
        ("sailing ship", {"sailing-boat.png"}),
        ("beach", {"sandy-beach.jpg"}),
        ("bridge", {"suspension-bridge-at-night.jpg", "roman-aqueduct.jpg"}),
        ("cheetah", {"cheetah.jpg"}),
    ],
)
def test_what_is_plainly_in_a_photo_is_found_at_the_top(
    query: str, expected: set[str], all_photos: Path, paths_found: Found
) -> None:
    assert paths_found(query, "--url", all_photos, "-n", "1")[0] in expected


def test_a_json_line_has_the_promised_form(indexed: Path, lsr_os: Command) -> None:
    hit = hits(lsr_os("search", "--json", "orange cat"))[0]
    assert {"rank", "id", "path", "score", "caption", "matched"} <= hit.keys()
    assert hit["rank"] == 1
    assert {"term", "query", "document", "score"} <= hit["matched"][0].keys()


def test_the_matched_words_sum_to_the_score(indexed: Path, lsr_os: Command) -> None:
    for hit in hits(lsr_os("search", "--json", "orange cat")):
        total = math.fsum(match["score"] for match in hit["matched"])
        assert hit["score"] == pytest.approx(total, rel=1e-5)


def test_n_limits_the_hits(indexed: Path, paths_found: Found) -> None:
    assert len(paths_found("animal", "-n", "1")) == 1


def test_a_heavier_word_changes_the_order(indexed: Path, paths_found: Found) -> None:
    assert paths_found("cat^5 coffee")[0] == "chelsea-cat.jpg"
    assert paths_found("cat coffee^5")[0] == "coffee-cup.jpg"


def test_a_word_can_be_left_out_without_quoting(indexed: Path, paths_found: Found) -> None:
    assert "chelsea-cat.jpg" in paths_found("animal")
    assert "chelsea-cat.jpg" not in paths_found("animal", "-cat")


@pytest.mark.parametrize("word", ["-t-shirt", "-x-ray", "-3d", "-hot-dog", "-e-mail-s"])
def test_a_word_of_few_letters_can_be_left_out_without_quoting(
    word: str, indexed: Path, paths_found: Found
) -> None:
    assert paths_found("cat", word, "-n1") == ["chelsea-cat.jpg"]


def test_a_picture_finds_itself_first(indexed: Path, paths_found: Found) -> None:
    assert paths_found("--image", indexed / "german-shepherd.jpg")[0] == "german-shepherd.jpg"


def test_a_picture_finds_its_like(all_photos: Path, paths_found: Found) -> None:
    found = paths_found("--image", PHOTOS / "chelsea-cat.jpg", "--url", all_photos, "-n", "3")
    assert "kitten-with-wool.jpg" in found


def test_filters_leave_out_what_does_not_fit(all_photos: Path, paths_found: Found) -> None:
    assert set(paths_found("animal", "--url", all_photos, "--filter", "format=webp")) == {
        "red-panda.webp"
    }


def test_filters_can_be_combined(all_photos: Path, paths_found: Found) -> None:
    found = paths_found(
        "dog", "--url", all_photos, "--filter", "path=*window*", "--filter", "height>100"
    )
    assert found == ["two-dogs-at-window.jpg"]


def test_explain_shows_what_each_word_gave(indexed: Path, lsr_os: Command) -> None:
    done = lsr_os("search", "--explain", "cat", "-n", "1")
    assert done.status == 0
    assert "image_terms" in done.out


def test_no_hit_because_of_a_filter_is_no_error(indexed: Path, lsr_os: Command) -> None:
    done = lsr_os("search", "cat", "--filter", "width>100000")
    assert (done.status, done.out) == (0, "")
    assert "filter" in done.err


def test_piped_results_are_one_line_a_hit(indexed: Path, lsr_os: Command) -> None:
    lines = lsr_os("search", "cat", "-n", "2").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]


def test_encode_shows_the_words_of_a_picture(lsr_os: Command) -> None:
    shown = json.loads(lsr_os("encode", "--json", PHOTOS / "chelsea-cat.jpg").out)
    assert shown["side"] == "image"
    assert "cat" in list(shown["terms"])[:10]


def test_encode_shows_the_words_of_a_query(lsr_os: Command) -> None:
    shown = json.loads(lsr_os("encode", "--json", "two dogs").out)
    assert shown["side"] == "query"
    assert "dog" in shown["terms"]


def test_encode_for_people_has_bars(lsr_os: Command) -> None:
    assert "█" in lsr_os("encode", "two dogs").out


def test_status_counts_what_is_indexed(indexed: Path, lsr_os: Command) -> None:
    status = json.loads(lsr_os("status", "--json").out)
    assert status["documents"] == 4
    assert status["model"] == "basic"
    assert status["sources"][0]["name"] == "album"


def test_status_without_an_index_says_how_to_make_one(lsr_os: Command) -> None:
    done = lsr_os("status")
    assert done.status == 1
    assert "lsr-os index" in done.err


def test_verify_agrees_after_indexing(indexed: Path, lsr_os: Command) -> None:
    assert lsr_os("verify").status == 0


def test_verify_finds_what_changed_behind_its_back(indexed: Path, lsr_os: Command) -> None:
    shutil.copy(PHOTOS / "koala.jpg", indexed)
    (indexed / "chelsea-cat.jpg").unlink()
    shutil.copy(PHOTOS / "hedgehog.jpg", indexed / "coffee-cup.jpg")
    done = lsr_os("verify", "--json")
    report = json.loads(done.out)
    assert done.status == 1
    assert report["not_indexed"] == ["koala.jpg"]
    assert report["gone"] == ["chelsea-cat.jpg"]
    assert report["out_of_date"] == ["coffee-cup.jpg"]


def test_verify_says_that_a_folder_cannot_be_reached(indexed: Path, lsr_os: Command) -> None:
    shutil.rmtree(indexed)
    done = lsr_os("verify", "--json")
    assert done.status == 1
    assert "does not exist" in json.loads(done.out)["unreachable"]


def test_verify_names_damage(indexed: Path, tmp_path: Path, lsr_os: Command) -> None:
    index = tmp_path / "copy.sqlite"
    lsr_os("index", indexed, "--url", index)
    content = bytearray(index.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = bytes(20_000)
    index.write_bytes(content)
    done = lsr_os("verify", "--url", index)
    assert done.status == 1
    assert "Traceback" not in done.err


def test_forget_removes_a_folder_from_the_index_only(indexed: Path, lsr_os: Command) -> None:
    done = lsr_os("forget", indexed, "--yes")
    assert "4 pictures" in done.out
    assert len(list(indexed.iterdir())) == 4
    assert json.loads(lsr_os("status", "--json").out)["documents"] == 0


def test_forget_asks_first(indexed: Path, lsr_os: Command) -> None:
    lsr_os("forget", "album", stdin=b"n\n")
    assert json.loads(lsr_os("status", "--json").out)["documents"] == 4


def test_forget_names_the_folder_that_it_asks_about(indexed: Path, lsr_os: Command) -> None:
    assert f"4 pictures of album ({indexed})" in lsr_os("forget", "album", stdin=b"n\n").err


def bind_to_another_machine() -> None:
    """The sources of the index become those of the same paths on another machine."""
    with closing(sqlite3.connect(default_url())) as database, database:
        database.execute("UPDATE sources SET host = ?", (b"elsewhere",))


def test_forgetting_a_folder_leaves_the_same_folder_of_another_machine(
    indexed: Path, lsr_os: Command
) -> None:
    bind_to_another_machine()
    done = lsr_os("forget", indexed, "--yes")
    assert done.status == 2
    assert "There is no source" in done.err
    assert json.loads(lsr_os("status", "--json").out)["documents"] == 4


def test_a_source_of_another_machine_is_forgotten_by_its_name_and_its_machine_is_told(
    indexed: Path, lsr_os: Command
) -> None:
    bind_to_another_machine()
    asked = lsr_os("forget", "album", stdin=b"y\n")
    assert f"({indexed} on elsewhere)" in asked.err
    assert "4 pictures" in asked.out


def test_an_empty_source_to_forget_is_not_the_current_folder(
    indexed: Path, lsr_os: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(indexed)
    assert lsr_os("forget", "", "--yes").status == 2
    assert json.loads(lsr_os("status", "--json").out)["documents"] == 4


def test_forget_all_removes_the_index(indexed: Path, lsr_os: Command) -> None:
    assert lsr_os("forget", "--all", "--yes").status == 0
    assert lsr_os("status").status == 1


def test_forgetting_an_unknown_source_names_the_known_ones(indexed: Path, lsr_os: Command) -> None:
    done = lsr_os("forget", "holidays", "--yes")
    assert done.status == 2
    assert "album" in done.err


def test_models_names_the_limits_of_the_bundled_one(lsr_os: Command) -> None:
    (line,) = [line for line in lsr_os("models").out.splitlines() if line.startswith("basic")]
    assert "scenes, people, night and counts poorly" in line
    shown = json.loads(lsr_os("models", "basic", "--json").out)
    for weakness in ("scene", "people", "count"):
        assert weakness in shown["limits"].lower()


def test_several_indexes_live_in_one_file(indexed: Path, tmp_path: Path, lsr_os: Command) -> None:
    shutil.copytree(indexed, tmp_path / "second")
    (tmp_path / "second" / "chelsea-cat.jpg").unlink()
    lsr_os("index", "second", "--index", "other")
    assert json.loads(lsr_os("status", "--json").out)["documents"] == 4
    assert json.loads(lsr_os("status", "--json", "--index", "other").out)["documents"] == 3


@pytest.mark.parametrize(
    "command", ["index", "search", "encode", "status", "verify", "forget", "models"]
)
def test_every_command_has_help(command: str, lsr_os: Command) -> None:
    done = lsr_os(command, "--help")
    assert done.status == 0
    assert "Usage: lsr-os" in done.out


def test_an_unknown_command_is_wrong_use(lsr_os: Command) -> None:
    assert lsr_os("serch", "dog").status == 2


def test_the_version_is_told(lsr_os: Command) -> None:
    assert lsr_os("--version").out.startswith("lsr-os")


def test_words_that_are_not_searched_for_are_not_called_unknown(
    indexed: Path, lsr_os: Command
) -> None:
    assert lsr_os("search", "the", "two", "cats").err == ""


def test_an_index_that_was_emptied_is_told_as_that(album: Path, lsr_os: Command) -> None:
    lsr_os("index", album)
    lsr_os("forget", "album", "--yes")
    done = lsr_os("search", "cat")
    assert done.status == 2
    assert "is empty" in done.err
    assert "lsr-os index FOLDER" in done.err
    assert "Try other words" not in done.err


def test_status_of_a_file_counts_all_words(indexed: Path, lsr_os: Command) -> None:
    assert "different words\n" in lsr_os("status").out


def test_verify_tells_of_one_picture_in_the_singular_and_what_to_paste(
    album: Path, lsr_os: Command
) -> None:
    lsr_os("index", album, "--index", "trip")
    shutil.copy2(PHOTOS / "koala.jpg", album / "new.jpg")
    shutil.copy2(PHOTOS / "koala.jpg", album / "coffee-cup.jpg")
    lines = lsr_os("verify", "--index", "trip").out.splitlines()
    assert lines == [
        "album: they differ.",
        "  1 picture not indexed yet: added by lsr-os index --index trip FOLDER",
        "    new.jpg",
        "  1 picture changed since the last run: updated by lsr-os index --index trip FOLDER",
        "    coffee-cup.jpg",
    ]


def test_status_names_its_columns_also_without_a_terminal(indexed: Path, lsr_os: Command) -> None:
    lines = lsr_os("status").out.splitlines()
    assert lines[-2:] == ["source\tindexed\tskipped\tfolder", f"album\t4\t0\t{indexed}"]
