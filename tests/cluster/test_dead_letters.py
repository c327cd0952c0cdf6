"""A document that the cluster will never take is listed whole, and can be tried again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cluster.nodes.endpoint import Endpoint
from tests.conftest import Finished, draw_picture

Command = Callable[..., Finished]


def with_camera(path: Path, camera: str) -> None:
    image = Image.open(draw_picture(path))
    exif = image.getexif()
    exif[0x0110] = camera
    image.save(path, exif=exif)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two pictures, of which one names its camera."""
    folder = tmp_path / "album"
    folder.mkdir()
    draw_picture(folder / "plain.jpg", seed=1)
    with_camera(folder / "camera.jpg", "Leica M6")
    return folder


@pytest.fixture
def on_node(lsr_os: Command, opensearch_node: Endpoint, index_name: str) -> Command:
    def run(command: str, *arguments: Any) -> Finished:
        return lsr_os(command, *arguments, "--url", opensearch_node.url, "--index", index_name)

    return run


@pytest.fixture
def without_camera(on_node: Command, opensearch_node: Endpoint, index_name: str) -> None:
    """Somebody has made the index with a mapping of their own."""
    body = json.loads(on_node("index", "--show-mapping").out)
    del body["mappings"]["properties"]["camera"]
    body["aliases"] = {index_name: {}}
    assert opensearch_node.request("PUT", f"/{index_name}-000001", body).status == 200


@pytest.mark.usefixtures("without_camera")
def test_what_is_rejected_is_listed_with_its_document_and_taken_when_the_cause_is_mended(
    album: Path, on_node: Command, opensearch_node: Endpoint, index_name: str, tmp_path: Path
) -> None:
    listed = tmp_path / "skipped.jsonl"
    done = on_node("index", "--json", album, "--dead-letters", listed)
    assert done.status == 3
    report = json.loads(done.out)
    assert report["new"] == 1
    assert [item["path"] for item in report["skipped"]] == ["camera.jpg"]
    (letter,) = map(json.loads, listed.read_text().splitlines())
    assert "camera" in letter["reason"]
    assert letter["document"]["metadata"]["camera"] == "Leica M6"
    assert letter["document"]["terms"]["image_terms"]

    mapping = {"properties": {"camera": {"type": "keyword"}}}
    opensearch_node.request("PUT", f"/{index_name}/_mapping", mapping)
    done = on_node("index", "--json", "--retry", listed, "--dead-letters", listed)
    assert done.status == 0, done.err
    assert json.loads(done.out)["new"] == 1
    assert listed.read_text() == ""
    assert json.loads(on_node("index", "--json", album).out)["unchanged"] == 2
    assert on_node("verify").status == 0


@pytest.mark.usefixtures("without_camera")
def test_a_retry_that_is_rejected_again_says_so(
    album: Path, on_node: Command, tmp_path: Path
) -> None:
    listed = tmp_path / "skipped.jsonl"
    on_node("index", album, "--dead-letters", listed)
    before = listed.read_text()
    done = on_node("index", "--retry", listed, "--dead-letters", listed)
    assert done.status == 3
    assert "camera.jpg" in done.err
    assert json.loads(listed.read_text())["document"] == json.loads(before)["document"]


def test_a_picture_that_could_not_be_read_is_read_again(
    album: Path, on_node: Command, tmp_path: Path
) -> None:
    good = (album / "plain.jpg").read_bytes()
    (album / "plain.jpg").write_bytes(b"no picture")
    listed = tmp_path / "skipped.jsonl"
    assert on_node("index", album, "--dead-letters", listed).status == 3
    (album / "plain.jpg").write_bytes(good)
    done = on_node("index", "--json", "--retry", listed)
    assert done.status == 0, done.err
    assert on_node("verify").status == 0


@pytest.mark.parametrize("content", [b"not json\n", b'{"path": "x"}\n', b"\xff\xfe\n", b"[]\n"])
def test_a_file_that_is_no_such_list_is_wrong_use(
    content: bytes, on_node: Command, tmp_path: Path
) -> None:
    (tmp_path / "list").write_bytes(content)
    done = on_node("index", "--retry", "list")
    assert done.status == 2
    assert "Traceback" not in done.err
