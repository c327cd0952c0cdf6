"""What a search on the embedded engine finds, and in which order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lsr_opensearch.engines.embedded import Tuning
from lsr_opensearch.engines.port import Document, SearchRequest
from lsr_opensearch.errors import IndexFileError, QueryError
from lsr_opensearch.query.filters import Filter, parse_filters
from lsr_opensearch.terms import dot
from tests.engines.model import document, found, index_file, opened, request, write


def test_every_score_is_the_dot_product_of_the_float32_weights(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    held = {}
    for number in range(300):
        terms = {
            f"t{term}": float(np.float32(random.exponential()))
            for term in random.choice(60, 30, replace=False)
        }
        held[f"id-{number}"] = document(f"id-{number}", terms)
    index = opened(index_file(tmp_path))
    write(index, *held.values())
    query = {f"t{term}": float(random.exponential()) for term in range(0, 60, 2)}
    hits = index.search(request(query, 300))
    assert len(hits) == 300
    for hit in hits:
        exact = dot(query, held[hit.document.id].terms["image_terms"])
        assert hit.score == pytest.approx(exact, rel=1e-5)


def test_weights_come_back_exactly_as_float32(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a", {"dog": 0.1, "小犬": 1e-38, "a.b%": 3e38}))
    terms = index.fetch(["a"])["a"].terms["image_terms"]
    assert terms == {"dog": np.float32(0.1), "小犬": np.float32(1e-38), "a.b%": np.float32(3e38)}


def test_fields_add_up_with_the_weights_of_the_clauses(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, Document("a", {"image_terms": {"dog": 2}, "caption_terms": {"dog": 4}}, {}))
    clauses = {"image_terms": {"dog": 1.0}, "caption_terms": {"dog": 0.5}}
    (hit,) = index.search(SearchRequest(clauses))
    assert hit.score == 4.0


def test_equal_scores_are_in_the_order_of_their_ids_wherever_the_limit_cuts(
    tmp_path: Path,
) -> None:
    index = opened(index_file(tmp_path))
    ids = [f"{number * 7919 % 500:03}" for number in range(500)]
    for start in range(0, 500, 50):
        write(index, *(document(one, {"dog": 1.0}) for one in ids[start : start + 50]))
    write(index, document("zz", {"dog": 2.0}))
    for limit in (1, 2, 7, 499, 501):
        assert found(index, {"dog": 1}, limit) == ["zz", *sorted(ids)][:limit]


def test_documents_without_a_common_term_are_no_hits(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a", {"dog": 1.0}), document("b", {"cat": 1.0}), document("c", {}))
    assert found(index, {"dog": 1, "nothing": 1}) == ["a"]
    assert found(index, {"nothing": 1}) == []
    assert found(index, {"dog": 1}, limit=0) == []


@pytest.mark.parametrize("segmented", [True, False])
def test_excluded_words_leave_out_documents_with_them_among_their_top_terms(
    tmp_path: Path, segmented: bool
) -> None:
    index = opened(index_file(tmp_path), tuning=Tuning(tail_documents=1 if segmented else 100))
    write(index, document("a", top_terms=["dog", "beach"]), document("b", top_terms=["dog"]))
    assert found(index, {"dog": 1}, excluded=[["beach"], ["unknown"]]) == ["b"]


@pytest.mark.parametrize("segmented", [True, False])
def test_excluded_words_of_several_terms_leave_out_documents_with_all_of_them(
    tmp_path: Path, segmented: bool
) -> None:
    index = opened(index_file(tmp_path), tuning=Tuning(tail_documents=1 if segmented else 100))
    write(index, document("a", top_terms=["dog", "hot"]), document("b", top_terms=["dog"]))
    assert found(index, {"dog": 1}, excluded=[["hot", "dog"], ["dog", "unknown"]]) == ["b"]


@pytest.mark.parametrize(
    ("phrase", "hits"),
    [
        ("two dogs", ["a"]),
        ("TWO DOGS", ["a"]),
        ("wo dogs", []),
        ("dogs two", []),
        ("äpfel", ["b"]),
        ("am strand!", ["b"]),
        ("window two", []),
        ("...", []),
    ],
)
def test_phrases_are_whole_words_in_one_caption(
    tmp_path: Path, phrase: str, hits: list[str]
) -> None:
    index = opened(index_file(tmp_path))
    write(
        index,
        document("a", captions=["at a window", "two dogs"]),
        document("b", captions=["ÄPFEL, am Strand"]),
        document("c", captions="two cats and dogs"),
        document("d"),
    )
    assert found(index, {"dog": 1}, phrases=[phrase]) == hits


PICTURE = {
    "path": "2024/Norway/Über[1].JPG",
    "format": "JPEG",
    "camera": "Fujifilm X100V",
    "keywords": ["Sommer", "Ärger"],
    "width": 4000,
    "taken_at": "2024-05-17T10:00:00",
    "extra": {"rating": 5, "album": {"name": "Fjörd"}, "people": ["Åse", "Ola"], "flag": True},
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("path=*/norway/*", True),
        ("path=*ÜBER[1].jpg", True),
        ("path=*über?1].jpg", True),
        ("path=*über1.jpg", False),
        ("path=norway", False),
        ("format=jpeg", True),
        ("format!=JPEG", False),
        ("camera!=other", True),
        ("source=PICTURES", True),
        ("keywords=ärger", True),
        ("keywords=som*", True),
        ("keywords!=SOMMER", False),
        ("keywords!=winter", True),
        ("width>=4000", True),
        ("width>4000", False),
        ("width!=4000", False),
        ("height=10", False),
        ("height!=10", True),
        ("taken_at=2024-05", True),
        ("taken_at<2024-05", False),
        ("taken_at>2023", True),
        ("modified_at<2030", False),
        ("extra.rating=5", True),
        ("extra.album.name=FJÖRD", True),
        ("extra.people=ås?", True),
        ("extra.people!=ola", False),
        ("extra.flag=true", True),
        ("extra.missing=1", False),
        ("extra.missing!=1", True),
    ],
)
def test_filters_hold_for_the_metadata(tmp_path: Path, text: str, passes: bool) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a", **PICTURE))
    assert found(index, {"dog": 1}, filters=parse_filters([text])) == (["a"] if passes else [])


def test_filter_values_and_names_are_never_sql(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, document("a", path="x' OR '1'='1", extra={"a\"]') --": "'; DROP TABLE terms"}))
    assert found(index, {"dog": 1}, filters=[Filter("path", "eq", "' OR 1=1 --")]) == []
    assert found(index, {"dog": 1}, filters=[Filter("path", "eq", "x' or '1'='1")]) == ["a"]
    name = "extra.a\"]') --"
    assert found(index, {"dog": 1}, filters=[Filter(name, "eq", "'; drop table terms")]) == ["a"]


@pytest.mark.parametrize("wanted", [3, 1700])
def test_filters_find_the_best_however_few_or_many_pass(tmp_path: Path, wanted: int) -> None:
    index = opened(index_file(tmp_path), tuning=Tuning())
    write(
        index,
        *(
            document(f"{number:04}", {"dog": 1 + number / 1024}, width=number)
            for number in range(2000)
        ),
    )
    hits = found(index, {"dog": 1}, filters=[Filter("width", "lt", float(wanted))])
    assert hits == [f"{number:04}" for number in range(wanted - 1, max(wanted - 11, -1), -1)]


def test_thousands_of_filters_all_hold(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    write(index, *(document(f"{width}", {"dog": 1.0}, width=width) for width in (1, 2, 3)))
    filters = (*parse_filters(["width>=2"] * 4000), *parse_filters(["width<3"]))
    assert found(index, {"dog": 1}, filters=filters) == ["2"]


def test_a_field_that_the_index_does_not_have_is_named(tmp_path: Path) -> None:
    index = opened(index_file(tmp_path))
    with pytest.raises(QueryError, match="ocr_terms"):
        index.search(SearchRequest({"ocr_terms": {"dog": 1.0}}))
    with pytest.raises(QueryError, match="colour"):
        index.search(request({"dog": 1}, filters=[Filter("colour", "eq", "red")]))


def test_a_search_with_a_cache_answers_the_same_after_every_write(tmp_path: Path) -> None:
    plain = opened(index_file(tmp_path))
    cached = opened(index_file(tmp_path), cache_bytes=5_000)
    for number in range(60):
        write(plain, document(f"{number % 45:02}", {"dog": 1 + number, f"t{number % 5}": 1.0}))
        asked = {"dog": 1.0, f"t{number % 7}": 2.0}
        assert cached.rank(request(asked)) == plain.rank(request(asked))


def test_an_index_of_another_name_is_not_searched(tmp_path: Path) -> None:
    write(opened(index_file(tmp_path), "one"), document("a"))
    other = opened(index_file(tmp_path), "other")
    assert found(other, {"dog": 1}) == []
    other.drop()
    with pytest.raises(IndexFileError, match="no index named 'other'"):
        found(other, {"dog": 1})
    assert found(opened(index_file(tmp_path), "one"), {"dog": 1}) == ["a"]
