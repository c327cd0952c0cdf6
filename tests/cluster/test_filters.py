"""Filters, phrases and exclusions find the same documents on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsr_opensearch.engines.embedded import EmbeddedIndex
from lsr_opensearch.engines.port import Document, SearchRequest
from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.filters import Filter, parse_filters
from tests.engines.model import SCHEMA, index_file, opened, write

from .filled import SOURCE, FilledIndex, filled

PLAIN = ("OpenSearch rank_features", "Elasticsearch 7 rank_features", "Elasticsearch terms")

LONG = "ä" * 20_000
METADATA: tuple[dict[str, Any], ...] = (
    {},
    {"path": "2024/Norway/Über[1].JPG", "format": "JPEG", "camera": "Fujifilm X100V"},
    {"path": "2024/norway/über[2].jpg", "format": "png", "camera": "FUJIFILM X100V"},
    {"path": "a*b?c\\d.jpg", "camera": "*"},
    {"path": "aXXbYc\\d.jpg", "camera": "?"},
    {"path": "a\\*b", "camera": "\\"},
    {"path": "Straße.jpg", "camera": "İstanbul"},
    {"path": "STRASSE.JPG", "camera": "i̇stanbul"},
    {"path": "日本/東京.jpg", "camera": "😀 cam"},
    {"path": "", "camera": " "},
    {"path": "x=y", "camera": "path=x"},
    {"path": None, "camera": "a\nb"},
    {"keywords": ["Sommer", "Ärger", "two words"], "width": 10, "height": 10},
    {"keywords": "sommer", "width": 1000, "height": 0},
    {"keywords": [], "width": 4000, "bytes": 2**40},
    {"keywords": ["a=b", "%", "%3D", "", 5, True], "width": 2**31, "bytes": 3},
    {"sha256": "ab" * 32, "taken_at": "2024-05-17T10:00:00"},
    {"sha256": "cd" * 32, "taken_at": "2024-05-31T23:59:59"},
    {"taken_at": "2024-06-01T00:00:00", "modified_at": "2024-06-01T00:00:00"},
    {"taken_at": "0999-01-01T00:00:00", "modified_at": "9999-12-31T23:59:59"},
    {"extra": {"rating": 5, "album": {"name": "Fjörd"}, "people": ["Åse", "Ola"], "flag": True}},
    {"extra": {"rating": "5", "album.name": "fjörd", "people": "ola", "flag": "true"}},
    {"extra": {"rating": 5.0, "a=b": "c", "a": "b=c", "none": None, "": {"x": 1}, "x*": "y"}},
    {"extra": {"a": {"b": {"c": [1, [2, {"d": "e"}]]}}, ".": "dot", "x..y": 1, "a b": "c d"}},
    {"extra": {"a%3Db": "c", "xx": "y", "people": []}},
    {"extra": {"long": LONG}, "camera": LONG},
    {"extra": {"long": LONG + "x"}, "captions": [LONG]},
    {"captions": ["at a window", "Two Dogs"]},
    {"captions": ["ÄPFEL, am Strand", "two"]},
    {"captions": "two cats and dogs"},
    {"captions": ["a dog's 3.5 t-shirts", "snake_case", "日本 東京タワー", "Straße 😀 İ"]},
    {"captions": ["...", "", "two", "dogs"]},
    {"top_terms": ["dog", "beach"]},
    {"top_terms": ["Dog", "a.b", "100%", "😀"]},
    {"top_terms": ["two words", "", "x" * 8000]},
    {"top_terms": []},
)  # fmt: skip
DOCUMENTS = tuple(
    Document(f"{at:02}", {"image_terms": {"dog": 1.0}}, metadata)
    for at, metadata in enumerate(METADATA)
)

FILTERS = (
    "path=*/norway/*", "path=*ÜBER[1].jpg", "path=*über?1].jpg", "path=*über1.jpg", "path=norway",
    "path=2024/norway/über[1].jpg", "path=a*b?c\\d.jpg", "path=a\\*b", "path=*\\*", "path=*",
    "path=strasse.jpg", "path!=STRASSE.jpg", "path=?????e.jpg", "path=??/??.jpg", "path=x=y",
    "camera=İSTANBUL", "camera=fujifilm x100v", "camera!=fujifilm x100v", "camera=?", "camera=*",
    "camera=?? cam", "camera=? cam", "camera=\\", "camera=path=x", "camera=a?b",
    "format=jpeg", "format!=JPEG", "source=PICTURES", "source!=pictures", "source=pic*",
    f"sha256={'AB' * 32}", "sha256=ab*", "sha256!=cd",
    "keywords=ärger", "keywords=som*", "keywords!=SOMMER", "keywords!=winter", "keywords=a=b",
    "keywords=%", "keywords=%3D", "keywords=5", "keywords=true", "keywords=two words",
    "width>=4000", "width>4000", "width!=4000", "width=4000", "width=1000.0", "width=1000.5",
    "width<1000.5", "width>1e300", "width<1e300", "width>-1e300", "width=1e300", "width!=1e300",
    "height=0", "height!=10", "height<=0", "bytes>1e12", "bytes=3", "bytes<1",
    "taken_at=2024-05", "taken_at=2024-05-17", "taken_at<2024-05", "taken_at<=2024-05",
    "taken_at>2024-05", "taken_at>=2024-05-31T23:59:59", "taken_at=2024-05-17T10:00",
    "taken_at<1000", "modified_at<2030", "modified_at>=9000",
    "extra.rating=5", "extra.rating=5.0", "extra.rating!=5", "extra.album.name=FJÖRD",
    "extra.people=ås?", "extra.people!=ola", "extra.people=*", "extra.flag=true", "extra.none=*",
    "extra.missing=1", "extra.missing!=1", "extra.a=b=c", "extra.a%3Db=c", "extra.x*=y",
    "extra.a.b.c=1", "extra.a.b.c=2", "extra.a.b.c.d=e", "extra..=dot", "extra.x..y=1",
    "extra.a b=C D", "extra.long=ä*", "extra.a\\b=c",
)  # fmt: skip
PHRASES = (
    "two dogs", "TWO DOGS", "wo dogs", "dogs two", "äpfel", "am strand!", "window two", "...",
    "dog's", "dogs", "s 3", "3.5", "5 t shirts", "t-shirts", "snake_case", "snake", "case",
    "東京", "東京タワー", "日本 東京タワー", "strasse", "straße 😀", "strasse i", "İ", "two", LONG,
)  # fmt: skip
EXCLUDED = ("dog", "Dog", "a.b", "100%", "😀", "two words", "two", "x" * 8000, "unknown", "\ud800")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedIndex:
    index = opened(index_file(tmp_path_factory.mktemp("filters")))
    write(index, *DOCUMENTS, source=SOURCE)
    return index


@pytest.fixture(scope="module", params=PLAIN)
def index(request: pytest.FixtureRequest) -> Iterator[FilledIndex]:
    with filled(request, request.param, SCHEMA, DOCUMENTS) as made:
        yield made


def asked(**conditions: Any) -> SearchRequest:
    return SearchRequest({"image_terms": {"dog": 1.0}}, 100, **conditions)


def assert_same(index: FilledIndex, embedded: EmbeddedIndex, request: SearchRequest) -> None:
    expected = [hit.document.id for hit in embedded.search(request)]
    assert index.ids(request) == expected, request


def test_all_documents_are_taken_and_given_back(index: FilledIndex) -> None:
    found = {hit.document.id: hit.document.metadata for hit in index.search(asked())}
    assert found == {one.id: {**one.metadata, "source": SOURCE} for one in DOCUMENTS}


def test_filters(index: FilledIndex, embedded: EmbeddedIndex) -> None:
    for text in FILTERS:
        assert_same(index, embedded, asked(filters=parse_filters([text])))


def test_phrases(index: FilledIndex, embedded: EmbeddedIndex) -> None:
    for phrase in PHRASES:
        assert_same(index, embedded, asked(phrases=[phrase]))


def test_exclusions(index: FilledIndex, embedded: EmbeddedIndex) -> None:
    for term in EXCLUDED:
        assert_same(index, embedded, asked(excluded=[[term]]))


def test_everything_together(index: FilledIndex, embedded: EmbeddedIndex) -> None:
    for filters in (["width>5", "keywords!=x"], ["path=*", "camera!=x"], ["extra.rating=5"]):
        for phrases in ((), ("two",), ("two", "dogs")):
            for excluded in ((), (("dog",), ("beach",)), (("dog", "beach"),)):
                conditions = parse_filters(filters)
                request = asked(filters=conditions, phrases=phrases, excluded=excluded)
                assert_same(index, embedded, request)


def test_a_cluster_takes_as_many_filters_as_the_library_thinks(index: FilledIndex) -> None:
    texts = ("width>{}", "width={}", "path=*{}*", "path=x{}", "keywords!=x{}", "keywords=x{}")
    for text in texts:
        filters = parse_filters([text.format(-number) for number in range(511)])
        answer = index.send(index.body(asked(filters=filters)))
        assert answer.status == 200, answer.body
        with pytest.raises(QueryError, match="filters"):
            index.body(asked(filters=[*filters, filters[0]]))


pieces = st.text(st.sampled_from("aÄß%=*?\\.[]^-\"' /日😀İ\n{}:"), max_size=6)
values = st.one_of(pieces, pieces.map(lambda text: f"{text}*"), st.integers(-3, 3).map(str))
NAMES = ("path", "camera", "keywords", "extra.a", "extra.a=b", "extra.a.b", "extra.x*")


@pytest.fixture(scope="module")
def odd_documents() -> tuple[Document, ...]:
    """Documents whose values are made of what means something to somebody."""
    letters = ("a", "Ä", "ß", "%", "=", "*", "?", "\\", ".", "[", "日", "😀", "İ", "\n", '"', "")
    texts = [f"{left}{middle}{right}" for left in letters for middle in "a*" for right in letters]
    return tuple(
        Document(
            f"{at:03}",
            {"image_terms": {"dog": 1.0}},
            {
                "path": text,
                "camera": text[:1],
                "keywords": [text, text[::-1]],
                "extra": {"a": text, "a=b": text[1:], "x*": {text: text}, "a.b": at % 4},
            },
        )
        for at, text in enumerate(texts)
    )


@pytest.fixture(scope="module")
def odd_embedded(
    tmp_path_factory: pytest.TempPathFactory, odd_documents: tuple[Document, ...]
) -> EmbeddedIndex:
    index = opened(index_file(tmp_path_factory.mktemp("odd")))
    write(index, *odd_documents, source=SOURCE)
    return index


@pytest.fixture(scope="module", params=PLAIN)
def odd_index(
    request: pytest.FixtureRequest, odd_documents: tuple[Document, ...]
) -> Iterator[FilledIndex]:
    with filled(request, request.param, SCHEMA, odd_documents) as made:
        yield made


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(NAMES), st.sampled_from(["eq", "ne", "glob"]), values)
def test_any_text_filter(
    odd_index: FilledIndex, odd_embedded: EmbeddedIndex, name: str, operator: Any, value: str
) -> None:
    request = SearchRequest(
        {"image_terms": {"dog": 1.0}}, 1000, filters=[Filter(name, operator, value)]
    )
    assert_same(odd_index, odd_embedded, request)
