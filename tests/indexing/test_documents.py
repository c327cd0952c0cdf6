"""From pictures to documents, with the bundled model."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.errors import ImageError, LsrError
from lsr_opensearch.indexing.documents import (
    CAPTION_TERMS,
    IMAGE_TERMS,
    TOP_TERMS,
    EncodedPhoto,
    encode_photos,
    schema_for,
)
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.terms import lucene_truncate
from tests.conftest import PHOTOS


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("basic")


@pytest.fixture
def cache(tmp_path: Path) -> EncodingCache:
    return EncodingCache(tmp_path / "cache.sqlite")


def photo(name: str, *captions: str, content: bytes | None = None) -> Photo:
    data = (PHOTOS / name).read_bytes() if content is None else content
    return Photo(name, name, data, captions, {"path": name}, {})


def encoded(encoder: Encoder, cache: EncodingCache, *photos: Photo) -> list[EncodedPhoto]:
    results = encode_photos(photos, encoder, schema_for(encoder), cache)
    assert not [result for result in results if isinstance(result, LsrError)]
    return [result for result in results if isinstance(result, EncodedPhoto)]


def test_each_result_stands_where_its_picture_stood(encoder: Encoder, cache: EncodingCache) -> None:
    cat, bad, dog = encode_photos(
        [
            photo("chelsea-cat.jpg"),
            photo("koala.jpg", content=b"\xff\xd8 no picture"),
            photo("german-shepherd.jpg"),
        ],
        encoder,
        schema_for(encoder),
        cache,
    )
    assert isinstance(cat, EncodedPhoto)
    assert "cat" in cat.document.terms[IMAGE_TERMS]
    assert isinstance(bad, ImageError)
    assert "koala.jpg" in str(bad)
    assert isinstance(dog, EncodedPhoto)
    assert "dog" in dog.document.terms[IMAGE_TERMS]


def test_weights_are_rounded_as_lucene_rounds_them(encoder: Encoder, cache: EncodingCache) -> None:
    (cat,) = encoded(encoder, cache, photo("chelsea-cat.jpg", "a cat"))
    for terms in cat.document.terms.values():
        assert all(weight == lucene_truncate(weight) for weight in terms.values())


def test_a_cached_encoding_is_the_same_as_a_fresh_one(
    encoder: Encoder, cache: EncodingCache
) -> None:
    (fresh,) = encoded(encoder, cache, photo("chelsea-cat.jpg"))
    (cached,) = encoded(encoder, cache, photo("chelsea-cat.jpg"))
    assert cached.document.terms == fresh.document.terms


def test_several_captions_count_by_their_maximum(encoder: Encoder, cache: EncodingCache) -> None:
    both, one, other = encoded(
        encoder,
        cache,
        photo("koala.jpg", "a koala in a tree", "grey fur"),
        photo("koala.jpg", "a koala in a tree"),
        photo("koala.jpg", "grey fur"),
    )
    terms = both.document.terms[CAPTION_TERMS]
    for single in (one, other):
        for term, weight in single.document.terms[CAPTION_TERMS].items():
            assert terms[term] >= weight


def test_the_strongest_terms_are_listed(encoder: Encoder, cache: EncodingCache) -> None:
    (cat,) = encoded(encoder, cache, photo("chelsea-cat.jpg"))
    top = cat.document.metadata["top_terms"]
    assert len(top) == TOP_TERMS
    assert top[0] == max(
        cat.document.terms[IMAGE_TERMS], key=cat.document.terms[IMAGE_TERMS].__getitem__
    )


def test_metadata_is_json(encoder: Encoder, cache: EncodingCache) -> None:
    (bee,) = encoded(encoder, cache, photo("honey-bee.jpg", "a bee"))
    metadata = json.loads(json.dumps(dict(bee.document.metadata)))
    assert metadata["captions"] == ["a bee"]
    assert metadata["format"] == "jpeg"
    assert metadata["taken_at"].startswith("20")
    assert metadata["width"] > 0


def test_a_document_of_captions_only_has_no_image_terms(
    encoder: Encoder, cache: EncodingCache
) -> None:
    (said,) = encoded(encoder, cache, Photo("1", "1", None, ("a dog",), {}, {}))
    assert said.document.terms.keys() == {CAPTION_TERMS}


class _File(bytes):
    """The bytes of a file that can be counted."""


def test_no_more_than_one_file_is_in_memory(encoder: Encoder, cache: EncodingCache) -> None:
    alive: list[int] = []

    def photos() -> Iterator[Photo]:
        for name in ("chelsea-cat.jpg", "koala.jpg", "german-shepherd.jpg"):
            alive.append(sum(type(one) is _File for one in gc.get_objects()))
            yield photo(name, content=_File((PHOTOS / name).read_bytes()))

    results = encode_photos(photos(), encoder, schema_for(encoder), cache)
    assert all(isinstance(result, EncodedPhoto) for result in results)
    assert max(alive) <= 1
