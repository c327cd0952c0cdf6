"""The library in a few lines: folders, own ids, pictures from anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from lsr_opensearch import Item, LsrError, PhotoIndex, load_encoder, open_index
from lsr_opensearch.engines.port import Document, WriteBatch
from lsr_opensearch.errors import QueryError, SourceError, UsageError
from tests.conftest import PHOTOS

CAT = PHOTOS / "chelsea-cat.jpg"
DOG = PHOTOS / "german-shepherd.jpg"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PhotoIndex]:
    with open_index(tmp_path / "index.sqlite") as opened:
        yield opened


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def photo_server() -> Iterator[str]:
    """The example photos behind a real HTTP server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(PHOTOS)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_encoder_takes_paths_bytes_and_images() -> None:
    encoder = load_encoder("basic")
    with Image.open(CAT) as opened:
        from_path, from_bytes, from_image = encoder.encode_images([CAT, CAT.read_bytes(), opened])
    assert from_path == from_bytes
    assert from_path.keys() & from_image.keys()
    assert "cat" in from_path


def test_items_keep_the_ids_of_the_caller(index: PhotoIndex) -> None:
    index.add([Item("product-1", image=CAT), Item("product-2", image=DOG)])
    assert index.search("cat")[0].id == "product-1"


def test_items_may_be_paths_bytes_images_or_urls(index: PhotoIndex, photo_server: str) -> None:
    with Image.open(DOG) as dog:
        report = index.add(
            [
                Item("path", image=CAT),
                Item("bytes", image=(PHOTOS / "koala.jpg").read_bytes()),
                Item("image", image=dog),
                Item("url", image=f"{photo_server}/hedgehog.jpg"),
            ]
        )
    assert (report.new, report.skipped) == (4, [])
    assert index.search("hedgehog")[0].id == "url"
    assert index.search("koala")[0].id == "bytes"


def test_of_a_url_only_scheme_host_and_path_are_stored(
    index: PhotoIndex, photo_server: str
) -> None:
    public = f"{photo_server}/chelsea-cat.jpg"
    index.add([Item("cat", image=f"{public.replace('//', '//user:pass@')}?token=secret#mark")])
    metadata = index.search("cat")[0].metadata
    assert (metadata["uri"], metadata["path"]) == (public, public)
    assert "secret" not in str(metadata)


def test_items_may_come_from_a_generator(index: PhotoIndex) -> None:
    report = index.add(Item(str(n), captions=[f"number {n}"]) for n in range(50))
    assert report.new == 50


def test_a_bad_item_is_reported_and_takes_no_other(index: PhotoIndex, photo_server: str) -> None:
    report = index.add(
        [
            Item("broken", image=b"no picture"),
            Item("missing", image=f"{photo_server}/no-such.jpg"),
            Item("gone", image="no-such-file.jpg"),
            Item("cat", image=CAT),
        ]
    )
    assert [item.path for item in report.skipped] == ["broken", "missing", "gone"]
    assert "404" in report.skipped[1].reason
    assert index.search("cat")[0].id == "cat"


def test_the_same_id_again_replaces_the_document(index: PhotoIndex) -> None:
    index.add([Item("1", image=CAT)])
    report = index.add([Item("1", image=DOG)])
    assert (report.new, report.changed) == (0, 1)
    assert "shepherd" in index.search("dog")[0].metadata["top_terms"]


def test_metadata_can_be_filtered_by(index: PhotoIndex) -> None:
    index.add(
        [
            Item("1", captions=["a dog"], metadata={"album": "Norway"}),
            Item("2", captions=["a dog"], metadata={"album": "Peru"}),
        ]
    )
    assert [hit.id for hit in index.search("dog", filters=["extra.album=peru"])] == ["2"]


def test_leaving_out_a_word_with_a_hyphen_leaves_out_nothing_that_has_a_part_of_it(
    index: PhotoIndex,
) -> None:
    captions = {"eaten": "two hot dogs", "asleep": "a dog", "summer": "hot sand and a dog's tail"}
    index.add(Item(name, captions=[caption]) for name, caption in captions.items())
    found = {hit.id for hit in index.search("dog -hot-dog")}
    assert found == {"asleep"}
    assert {hit.id for hit in index.search("dog -tail-dogs")} == {"eaten", "asleep"}
    assert not index.search("dog -dogs")


@pytest.mark.parametrize("item", [Item(""), Item("1"), Item("", image=CAT)])
def test_an_item_without_id_or_content_is_wrong_use(index: PhotoIndex, item: Item) -> None:
    with pytest.raises(UsageError):
        index.add([item])


def test_a_folder_is_added_and_searched(index: PhotoIndex) -> None:
    report = index.add_folder(PHOTOS)
    assert report.complete
    assert Path(index.search("two dogs at a window")[0].path).suffix == ".jpg"


def test_progress_ends_at_the_total(index: PhotoIndex) -> None:
    seen: list[tuple[int, int]] = []
    index.add_folder(PHOTOS, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (43, 43)


def test_a_folder_that_does_not_exist_is_a_source_error(index: PhotoIndex) -> None:
    with pytest.raises(SourceError):
        index.add_folder("no-such-folder")


def test_every_error_is_one_of_the_tree(index: PhotoIndex) -> None:
    index.add([Item("1", captions=["a dog"])])
    with pytest.raises(LsrError):
        index.search("")


def test_asking_for_no_hits_is_a_query_error(index: PhotoIndex) -> None:
    index.add([Item("1", captions=["a dog"])])
    with pytest.raises(QueryError):
        index.search("dog", limit=0)


def test_an_image_and_words_search_together(index: PhotoIndex) -> None:
    index.add([Item("cat", image=CAT), Item("dog", image=DOG)])
    hits = index.search("dog", image=CAT)
    assert {hit.id for hit in hits} == {"cat", "dog"}


def test_a_caption_that_another_program_stored_as_one_text_is_whole(index: PhotoIndex) -> None:
    index.add([Item("cat", image=CAT)])
    terms = index.engine.fetch(["cat"])["cat"].terms
    by_hand = Document("by hand", terms, {"captions": "Our cat"})
    index.engine.write(WriteBatch("items", [by_hand]))
    assert {hit.id: hit.caption for hit in index.search("cat")} == {"cat": "", "by hand": "Our cat"}
