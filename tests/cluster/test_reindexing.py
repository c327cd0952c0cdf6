"""`lsr-os reindex` on real nodes: searches go on, nothing is lost, and the swap is one moment."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch import Item, PhotoIndex, load_encoder, open_index
from lsr_opensearch.engines.cluster.rebuilding import ClusterRebuild
from lsr_opensearch.errors import ClusterBlockedError, ClusterError, SpaceMismatchError
from lsr_opensearch.indexing.rebuilding import RebuildOptions, rebuild_index
from lsr_opensearch.photo_index import open_encoding_cache
from tests.cluster.nodes.endpoint import Endpoint
from tests.cluster.nodes.kinds import OPENSEARCH2
from tests.cluster.nodes.node import Node
from tests.conftest import PHOTOS, Finished, draw_picture
from tests.models import other_model

NAMES = (
    "chelsea-cat.jpg",
    "coffee-cup.jpg",
    "german-shepherd.jpg",
    "rocket-on-launch-pad.jpg",
)
MANY = 200

Command = Callable[..., Finished]


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for name in NAMES:
        shutil.copy2(PHOTOS / name, folder / name)
    return folder


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(MANY):
        draw_picture(folder / f"{seed:03}.png", colour=f"hsl({seed % 360}, 80%, 50%)", seed=seed)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return other_model(tmp_path)


@pytest.fixture
def on_node(lsr_os: Command, node: Endpoint, index_name: str) -> Command:
    return on(lsr_os, node, index_name)


@pytest.fixture
def on_opensearch(lsr_os: Command, opensearch_node: Endpoint, index_name: str) -> Command:
    return on(lsr_os, opensearch_node, index_name)


def on(lsr_os: Command, node: Endpoint, name: str) -> Command:
    """Runs a command against the node's own index."""
    kind = ["--field-type", node.field_type]

    def run(command: str, *arguments: Any) -> Finished:
        made_as = kind if command == "index" else []
        return lsr_os(command, *arguments, "--url", node.url, "--index", name, *made_as)

    return run


def hits(done: Finished) -> list[tuple[str, float]]:
    assert done.status == 0, done.err
    return [(hit["path"], hit["score"]) for hit in map(json.loads, done.out.splitlines())]


def facts(done: Finished) -> dict[str, Any]:
    assert done.status == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def last_line(done: Finished) -> dict[str, Any]:
    assert done.out, done.err
    found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return found


@contextmanager
def machine(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Another machine, with a memory of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("LSR_OS_HOST", name)
        patch.setenv("LSR_OS_STATE_DIR", str(tmp_path / f"state-of-{name}"))
        yield


def frozen(node: Endpoint, index: str) -> bool:
    settings = node.request("GET", f"/{index}/_settings?flat_settings=true").body[index]["settings"]
    return str(settings.get("index.blocks.write")) == "true"


def test_the_new_model_serves_and_the_old_one_is_refused(
    album: Path, model: Path, on_node: Command, node: Endpoint, index_name: str, tmp_path: Path
) -> None:
    captions = tmp_path / "captions.tsv"
    captions.write_text("coffee-cup.jpg\tMy favourite mug at home\n")
    on_node("index", album, "--captions", captions)
    before = hits(on_node("search", "--json", "dog"))
    done = on_node("reindex", "--json", "--model", model)
    assert done.status == 0, done.err
    assert last_line(done) == {
        "index": index_name,
        "model": "other",
        "serving": f"{index_name}-000002",
        "kept": f"{index_name}-000001",
    }
    assert hits(on_node("search", "--json", "dog", "--model", model)) == before
    (mug,) = hits(on_node("search", "--json", '"favourite mug"', "--model", model))
    assert mug[0] == "coffee-cup.jpg"
    refused = on_node("search", "dog", "--model", "basic")
    assert refused.status == 1
    assert "other" in refused.err
    assert on_node("verify").status == 0
    again = on_node("index", "--json", album, "--model", model)
    assert "made anew" not in again.err
    assert last_line(again)["unchanged"] == len(NAMES)
    settings = node.request("GET", f"/{index_name}/_settings?flat_settings=true").body
    (serving,) = settings.values()
    assert "index.refresh_interval" not in serving["settings"]
    assert serving["settings"]["index.auto_expand_replicas"] == "0-1"


def test_the_same_space_is_copied_with_its_items_and_the_old_index_can_be_dropped(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    with opened(node, index_name) as index:
        index.add([Item("mine", image=album / NAMES[0], captions=["A lighthouse"])])
        before = index.engine.fetch(["mine"])
    found = hits(on_node("search", "--json", "animal"))
    shutil.rmtree(album)
    done = on_node("reindex", "--json", "--drop-old")
    assert done.status == 0, done.err
    assert {json.loads(line).get("how") for line in done.out.splitlines()} == {"copied", None}
    assert hits(on_node("search", "--json", "animal")) == found
    with opened(node, index_name) as index:
        assert index.engine.fetch(["mine"]) == before
    behind = node.request("GET", f"/{index_name}-*").body
    assert list(behind) == [f"{index_name}-000002"]


def opened(node: Endpoint, name: str, model: Path | None = None) -> PhotoIndex:
    return open_index(node.url, name=name, model=model, field_type=node.field_type)


def test_sparse_vectors_of_an_elasticsearch_that_keeps_them_are_copied_with_every_word(
    album: Path, lsr_os: Command, elasticsearch8_node: Endpoint, index_name: str
) -> None:
    """It refuses to be asked for what later versions leave out."""
    store = ("--url", elasticsearch8_node.url, "--index", index_name)
    assert lsr_os("index", album, "--field-type", "sparse_vector", *store).status == 0
    before = lsr_os("search", "animal", "--json", *store)
    assert hits(before)
    assert all(json.loads(line)["matched"] for line in before.out.splitlines())
    done = lsr_os("reindex", "--drop-old", *store)
    assert done.status == 0, done.err
    assert lsr_os("search", "animal", "--json", *store).out == before.out
    assert lsr_os("verify", *store).status == 0


def test_forgetting_everything_deletes_what_rebuilds_have_kept(
    album: Path, model: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_opensearch("index", album)
    on_opensearch("reindex", "--model", model)
    asked = on_opensearch("forget", "--all")
    assert asked.status == 1
    done = on_opensearch("forget", "--all", "--yes")
    assert done.status == 0
    for said in (asked.err, done.out):
        assert f", and with it what rebuilds have left: {index_name}-000001" in said
    assert opensearch_node.request("GET", f"/{index_name}*").body == {}


def test_the_old_index_can_be_gone_back_to_as_the_output_says(
    album: Path, model: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_opensearch("index", album)
    done = on_opensearch("reindex", "--model", model)
    (line,) = [line for line in done.out.splitlines() if "To go back" in line]
    aliases, settings = line.split("POST /_aliases ")[1].split(", then: PUT ")
    assert opensearch_node.request("POST", "/_aliases", json.loads(aliases)).status == 200
    path, _, body = settings.partition(" ")
    assert opensearch_node.request("PUT", path, json.loads(body)).status == 200
    assert hits(on_opensearch("search", "--json", "dog"))
    assert last_line(on_opensearch("index", "--json", album))["unchanged"] == len(NAMES)


def test_searches_and_runs_go_on_while_it_is_rebuilt(
    many: Path, model: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", many)
    process = start(node, index_name, model)
    wait_for_documents(node, f"{index_name}.next", process)
    draw_picture(many / "late.png", colour="blue", seed=999)
    (many / "000.png").unlink()
    during = on_node("index", many)
    assert during.status == 0 or "being rebuilt" in during.err or "was rebuilt" in during.err
    assert len(hits(on_node("search", "--json", "red", "--model", "basic"))) > 0 or (
        process.poll() is not None
    )
    _, err = process.communicate(timeout=300)
    assert process.returncode in (0, 3), err
    assert facts(on_node("status", "--json"))["documents"] == MANY
    report = last_line(on_node("index", "--json", many, "--model", model))
    assert (report["unchanged"], report["new"], report["removed"]) == (MANY, 0, 0)
    assert on_node("verify").status == 0


@pytest.mark.slow
def test_killed_at_any_time_the_old_index_serves_and_the_same_command_resumes(
    many: Path,
    model: Path,
    on_opensearch: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    on_opensearch("index", many)
    before = hits(on_opensearch("search", "--json", "red"))
    moments = random.Random(5)
    for _ in range(6):
        process = start(opensearch_node, index_name, model)
        time.sleep(moments.uniform(1.5, 6))
        process.kill()
        process.communicate(timeout=60)
        if facts(on_opensearch("status", "--json"))["model"] == "other":
            break
        assert hits(on_opensearch("search", "--json", "red")) == before
    done = on_opensearch("reindex", "--model", model)
    assert done.status == 0, done.err
    assert hits(on_opensearch("search", "--json", "red", "--model", model)) == before
    assert on_opensearch("verify").status == 0
    assert not frozen(opensearch_node, last_index(opensearch_node, index_name))


def start(node: Endpoint, name: str, model: Path, *more: str) -> subprocess.Popen[bytes]:
    where = ["--url", node.url, "--index", name]
    command = ["reindex", *where, "--model", str(model), "--workers=1", *more]
    return subprocess.Popen(
        [sys.executable, "-m", "lsr_opensearch.cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def last_index(node: Endpoint, name: str) -> str:
    return max(node.request("GET", f"/{name}").body)


def wait_for_documents(node: Endpoint, name: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        node.request("POST", f"/{name}/_refresh")
        answer = node.request("GET", f"/{name}/_count")
        if answer.status == 200 and answer.body["count"]:
            return
        time.sleep(0.05)


def test_a_rebuild_that_died_in_its_last_step_says_so_to_writers_and_can_be_abandoned(
    album: Path, model: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    with opened(node, index_name) as index:
        schema = index.engine.schema()
        assert schema is not None
        rebuild = index.engine.rebuild(schema)
        rebuild.freeze()
    draw_picture(album / "new.png")
    done = on_node("index", album)
    assert done.status == 1
    assert "being rebuilt" in done.err
    assert "--abandon" in done.err
    assert hits(on_node("search", "--json", "dog"))
    assert on_node("reindex", "--abandon").status == 0
    assert last_line(on_node("index", "--json", album))["new"] == 1
    assert list(node.request("GET", f"/{index_name}-*").body) == [f"{index_name}-000001"]
    assert on_node("verify").status == 0


def begun(index: PhotoIndex) -> ClusterRebuild:
    """A rebuild with the same model that has only been begun."""
    schema = index.engine.schema()
    assert schema is not None
    rebuild = index.engine.rebuild(schema)
    assert isinstance(rebuild, ClusterRebuild)
    return rebuild


def test_a_rebuild_is_not_given_up_once_its_index_serves(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    """What the cluster itself refuses, had nobody looked before: somebody swaps at the moment."""
    on_node("index", album)
    with opened(node, index_name) as index:
        rebuild = begun(index)
        rebuild.generations.swap(rebuild.old, rebuild.new, drop_old=False)
        with pytest.raises(ClusterError):
            rebuild.generations.give_up(rebuild.new, rebuild.old)
    serving = node.request("GET", f"/_alias/{index_name}").body
    assert list(serving) == [f"{index_name}-000002"]
    assert node.request("HEAD", f"/{index_name}-000001").status == 200


def test_one_that_died_in_its_last_step_is_finished_by_the_same_command(
    album: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_opensearch("index", album)
    with opened(opensearch_node, index_name) as index:
        begun(index).freeze()
    assert on_opensearch("reindex").status == 0
    draw_picture(album / "new.png")
    assert last_line(on_opensearch("index", "--json", album))["new"] == 1


def test_whoever_had_the_index_open_never_mixes_two_spaces(
    album: Path, model: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    with opened(node, index_name) as index:
        assert index.search("dog")
        binding = index.sources()[0]
        assert on_node("reindex", "--model", model).status == 0
        with pytest.raises(SpaceMismatchError):
            index.search("dog")
        index.engine.schema()
        with pytest.raises(SpaceMismatchError):
            index.search("dog")
        draw_picture(album / "new.png")
        with pytest.raises(SpaceMismatchError):
            index.add_folder(album)
        assert binding in index.sources()


def test_a_writer_that_was_under_way_never_writes_into_the_next_index(
    many: Path, model: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_opensearch("index", many)
    for kept in ("--keep-old", "--drop-old"):
        name = "basic" if kept == "--drop-old" else model
        with opened(opensearch_node, index_name, model if name == "basic" else None) as index:
            index.engine.schema()
            other_colours(many)
            swapped = False

            def swap(done: int, total: int, name: Any = name, kept: str = kept) -> None:
                nonlocal swapped
                if not swapped:
                    swapped = True
                    assert on_opensearch("reindex", "--model", name, kept).status == 0

            with pytest.raises(Exception, match="was rebuilt"):
                index.add_folder(many, on_progress=swap)
        assert on_opensearch("verify").status == 0
        assert spaces(opensearch_node, index_name) == {"basic" if name == "basic" else "other"}


def other_colours(folder: Path) -> None:
    for seed, path in enumerate(sorted(folder.iterdir())[:5]):
        draw_picture(path, colour="yellow", seed=random.randrange(1000) + seed)


def spaces(node: Endpoint, name: str) -> set[str]:
    (found,) = node.request("GET", f"/{name}/_mapping").body.values()
    return {found["mappings"]["_meta"]["lsr_opensearch"]["model"]}


def test_each_machine_encodes_its_own_pictures_and_the_last_one_swaps(
    album: Path,
    model: Path,
    on_node: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(album, theirs)
    on_node("index", album)
    with machine("desk", monkeypatch, tmp_path):
        on_node("index", theirs)
    waits = on_node("reindex", "--model", model)
    assert waits.status == 1
    assert "on desk" in waits.err
    assert "'theirs': 4 pictures" in waits.err
    assert facts(on_node("status", "--json"))["rebuilding"]["documents"] == len(NAMES)
    with machine("desk", monkeypatch, tmp_path):
        assert on_node("reindex", "--model", model).status == 0
        again = on_node("index", "--json", theirs, "--model", model)
        assert last_line(again)["unchanged"] == len(NAMES)
    again = on_node("index", "--json", album, "--model", model)
    assert "made anew" not in again.err
    assert last_line(again)["unchanged"] == len(NAMES)
    assert facts(on_node("status", "--json"))["documents"] == 2 * len(NAMES)


def test_what_another_machine_indexes_after_its_turn_stops_the_swap(
    album: Path,
    model: Path,
    on_opensearch: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(album, theirs)
    on_opensearch("index", album)
    with machine("desk", monkeypatch, tmp_path):
        on_opensearch("index", theirs)
        assert on_opensearch("reindex", "--model", model).status == 1
        draw_picture(theirs / "new.png")
        draw_picture(theirs / NAMES[0])
        on_opensearch("index", theirs)
    stopped = on_opensearch("reindex", "--model", model)
    assert stopped.status == 1
    assert "on desk" in stopped.err
    with machine("desk", monkeypatch, tmp_path):
        done = on_opensearch("reindex", "--model", model)
        assert done.status == 0, done.err
    assert facts(on_opensearch("status", "--json"))["documents"] == 2 * len(NAMES) + 1


def test_documents_that_were_lost_stop_the_swap(
    album: Path,
    model: Path,
    on_opensearch: Command,
    opensearch_node: Endpoint,
    index_name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(album, theirs)
    on_opensearch("index", album)
    with machine("desk", monkeypatch, tmp_path):
        on_opensearch("index", theirs)
    on_opensearch("reindex", "--model", model)
    query = {"query": {"term": {"source": "album"}}}
    there = opensearch_node.request("POST", f"/{index_name}.next/_search", query).body
    lost = there["hits"]["hits"][0]["_id"]
    opensearch_node.request("DELETE", f"/{index_name}.next/_doc/{lost}?refresh=true")
    with machine("desk", monkeypatch, tmp_path):
        stopped = on_opensearch("reindex", "--model", model)
        assert stopped.status == 1
        assert "3 documents are there, and 4 were" in stopped.err
    stopped = on_opensearch("reindex", "--model", model)
    assert stopped.status == 1
    assert "does not hold what it should" in stopped.err
    assert facts(on_opensearch("status", "--json"))["model"] == "basic"
    assert not frozen(opensearch_node, f"{index_name}-000001")
    assert on_opensearch("reindex", "--abandon").status == 0
    assert on_opensearch("reindex", "--model", model).status == 1
    with machine("desk", monkeypatch, tmp_path):
        assert on_opensearch("reindex", "--model", model).status == 0


def test_items_of_a_program_are_left_out_by_name_or_added_to_the_next_index(
    album: Path, model: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    with opened(opensearch_node, index_name) as index:
        index.add([Item("mine", image=album / NAMES[0])])
    refused = on_opensearch("reindex", "--model", model)
    assert refused.status == 1
    assert "--leave-out items" in refused.err
    done = on_opensearch("reindex", "--model", model, "--leave-out", "items")
    assert done.status == 0, done.err
    assert "left out" in done.err
    with opened(opensearch_node, index_name, model) as index:
        assert index.add([Item("mine", image=album / NAMES[0])]).new == 1


def test_a_source_forgotten_meanwhile_is_not_in_the_next_index(
    album: Path,
    model: Path,
    on_opensearch: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(album, theirs)
    on_opensearch("index", album)
    with machine("desk", monkeypatch, tmp_path):
        on_opensearch("index", theirs)
    on_opensearch("reindex", "--model", model)
    assert on_opensearch("forget", "album", "--yes").status == 0
    with machine("desk", monkeypatch, tmp_path):
        done = on_opensearch("reindex", "--model", model)
        assert done.status == 0, done.err
    assert facts(on_opensearch("status", "--json"))["documents"] == len(NAMES)


def test_writes_race_with_a_copy_and_none_is_lost(
    album: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    """A program adds items all the time; each that was acknowledged is there in the end."""
    on_opensearch("index", album)
    added: list[str] = []
    refused: list[Exception] = []
    stop = threading.Event()

    def add() -> None:
        with opened(opensearch_node, index_name) as index:
            while not stop.is_set():
                name = f"item-{len(added)}"
                try:
                    index.add([Item(name, captions=[f"number {len(added)}"])])
                except Exception as error:
                    refused.append(error)
                    time.sleep(0.1)
                else:
                    added.append(name)

    writer = threading.Thread(target=add)
    writer.start()
    try:
        for _ in range(3):
            done = on_opensearch("reindex", "--drop-old")
            assert done.status == 0, done.err
    finally:
        stop.set()
        writer.join()
    assert added
    with opened(opensearch_node, index_name) as index:
        assert index.engine.fetch(added).keys() == set(added)
    for error in refused:
        assert "rebuilt" in str(error)
        assert isinstance(error, ClusterBlockedError) or "Run the same command" in str(error)


def test_runs_in_the_last_step_are_refused_and_lose_nothing(
    album: Path, model: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    refused: list[Finished] = []
    steps: list[str] = []

    @contextmanager
    def show_progress(source: str) -> Iterator[None]:
        yield
        steps.append(source)
        if len(steps) == 2:
            draw_picture(album / "late.png", colour="blue", seed=99)
            refused.append(on_node("index", album))

    with opened(node, index_name) as index, open_encoding_cache() as cache:
        rebuild_index(index.engine, load_encoder(model), cache, RebuildOptions(), show_progress)
    assert refused[0].status == 1
    assert "is in the last step of being rebuilt" in refused[0].err
    report = last_line(on_node("index", "--json", album, "--model", model))
    assert (report["new"], report["unchanged"]) == (1, len(NAMES))
    assert on_node("verify").status == 0


def test_searches_never_fail_while_one_index_after_another_takes_the_name(
    album: Path, on_node: Command, node: Endpoint, index_name: str
) -> None:
    on_node("index", album)
    stop = threading.Event()
    found: list[list[tuple[str, float]]] = []
    failed: list[Exception] = []

    def search() -> None:
        with opened(node, index_name) as index:
            while not stop.is_set():
                try:
                    found.append([(hit.path, hit.score) for hit in index.search("animal")])
                except Exception as error:
                    failed.append(error)

    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        for kept in ("--drop-old", "--keep-old", "--drop-old", "--drop-old"):
            assert on_node("reindex", kept).status == 0
    finally:
        stop.set()
        searcher.join()
    assert failed == []
    assert len(found) > 20
    assert all(hits == found[0] for hits in found)


@pytest.mark.slow
def test_a_node_that_dies_while_it_is_rebuilt_is_gone_on_with(
    many: Path,
    model: Path,
    lsr_os: Command,
    start_node: Callable[..., AbstractContextManager[Node]],
) -> None:
    with start_node(OPENSEARCH2) as own:
        on_own = on(lsr_os, own, "photos")
        on_own("index", many)
        before = hits(on_own("search", "--json", "red"))
        process = start(own, "photos", model)
        wait_for_documents(own, "photos.next", process)
        own.kill()
        own.restart()
        _, err = process.communicate(timeout=300)
        if process.returncode != 0:
            assert err.startswith(b"Error"), err
            assert on_own("reindex", "--model", model).status == 0
        assert hits(on_own("search", "--json", "red", "--model", model)) == before
        assert on_own("verify").status == 0


@pytest.mark.parametrize("kept", ["--keep-old", "--drop-old"])
def test_two_rebuilds_at_once_end_as_one(
    kept: str,
    many: Path,
    model: Path,
    on_opensearch: Command,
    opensearch_node: Endpoint,
    index_name: str,
) -> None:
    on_opensearch("index", many)
    before = hits(on_opensearch("search", "--json", "red"))
    processes = [start(opensearch_node, index_name, model, kept) for _ in range(3)]
    said = [process.communicate(timeout=300)[1].decode() for process in processes]
    statuses = [process.returncode for process in processes]
    assert 0 in statuses, said
    assert set(statuses) <= {0, 1}, said
    assert "Traceback" not in "".join(said)
    assert hits(on_opensearch("search", "--json", "red", "--model", model)) == before
    draw_picture(many / "new.png")
    assert last_line(on_opensearch("index", "--json", many, "--model", model))["new"] == 1
    assert on_opensearch("verify").status == 0
    assert facts(on_opensearch("status", "--json"))["rebuilding"] is None


def test_ctrl_c_thaws_the_old_index(
    many: Path, model: Path, on_opensearch: Command, opensearch_node: Endpoint, index_name: str
) -> None:
    on_opensearch("index", many)
    process = start(opensearch_node, index_name, model)
    wait_for_documents(opensearch_node, f"{index_name}.next", process)
    process.send_signal(2)
    _, err = process.communicate(timeout=60)
    if process.returncode == 130:
        assert b"Traceback" not in err
        assert not frozen(opensearch_node, f"{index_name}-000001")
        assert on_opensearch("index", many).status == 0
    assert on_opensearch("reindex", "--model", model).status == 0
