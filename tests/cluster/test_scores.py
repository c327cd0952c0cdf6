"""Every engine, in every form of query, scores the dot product and finds the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lsr_opensearch.engines.port import Document, SearchRequest
from lsr_opensearch.query.bodies.clauses import split_clauses
from lsr_opensearch.terms import TermWeights
from tests.engines.model import SCHEMA, index_file, opened, write

from .filled import FORMS, FilledIndex, filled

FIELDS = ("image_terms", "caption_terms")
ODD_WORDS = (
    "3.5", ".", "..", "a.b.c", "%", "%25", "%2E", "100%", "two words", " ", "*", "a*b", "?",
    "\\", '"quoted"', "a:b", "a^2", "+", "-minus", "/", "日本", "東京.jp", "naïve", "ß", "😀",
    "👩‍👩‍👧", "a\nb", "\t", "x" * 1000, "İ", "NULL", "_id", "{}", "é", "e\u0301",
)  # fmt: skip
LIMIT = 20
TOLERANCE = 1e-5


@cache
def words() -> tuple[str, ...]:
    return (*ODD_WORDS, *(f"word{number}" for number in range(5000 - len(ODD_WORDS))))


@cache
def documents() -> tuple[Document, ...]:
    """1,000 documents of some 100 terms; a fifth of them with captions. Their weights are float64s
    of many digits: what a cluster makes of them is the cluster's."""
    random = np.random.default_rng(20)
    return tuple(
        Document(
            f"{number * 7919 % 1000:03}",
            {
                "image_terms": _weights(random, 80, 120, 1.0),
                "caption_terms": _weights(random, 0, 40, 2.0),
            },
            {"path": f"{number}.jpg", "source": "Pictures"},
        )
        for number in range(1000)
    )


def queries() -> list[dict[str, TermWeights]]:
    """100 queries: short, long, and with weights that are tiny or larger than 64."""
    random = np.random.default_rng(21)
    scales = (1.0, 1.0, 1e-6, 300.0, 1e-30)
    sizes = ((1, 6), (5, 40), (100, 400))
    return [
        {
            "image_terms": _weights(random, *sizes[at % 3], scales[at % 5]),
            "caption_terms": _weights(random, *sizes[at % 3], scales[at % 5]) if at % 2 else {},
        }
        for at in range(100)
    ]


def _weights(random: np.random.Generator, fewest: int, most: int, scale: float) -> TermWeights:
    """Terms with a few frequent among them; the odd words are as frequent as can be."""
    count = int(random.integers(fewest, most + 1))
    at = np.unique((5000 * random.random(count) ** 3).astype(int))
    return {words()[i]: float(scale * (0.05 + random.exponential())) for i in at}


def truncated(weights: TermWeights) -> TermWeights:
    """What Lucene keeps: float32s without their lowest 15 bits. Not by the library's own means,
    which would agree with itself."""
    bits = np.array(list(weights.values()), np.float32).view(np.uint32)
    kept = (bits >> np.uint32(15) << np.uint32(15)).view(np.float32)
    return dict(zip(weights, kept.tolist(), strict=True))


def kept_terms(document: Document) -> dict[str, TermWeights]:
    return {field: truncated(weights) for field, weights in document.terms.items()}


@cache
def matrix(field: str) -> np.ndarray:
    columns = {word: at for at, word in enumerate(words())}
    rows = np.zeros((len(documents()), len(columns)))
    for row, document in enumerate(documents()):
        for term, weight in kept_terms(document)[field].items():
            rows[row, columns[term]] = weight
    return rows


def exact_scores(clauses: Mapping[str, TermWeights]) -> dict[str, float]:
    """Document id -> the dot product, in double precision; all documents."""
    total = np.zeros(len(documents()))
    for field, terms in clauses.items():
        total += matrix(field) @ np.array([terms.get(word, 0.0) for word in words()])
    return {document.id: float(s) for document, s in zip(documents(), total, strict=True)}


def assert_best(hits: Sequence[tuple[str, float]], exact: Mapping[str, float], limit: int) -> None:
    """The hits have their exact scores, and no document that scores clearly more is missing."""
    best = sorted((score for score in exact.values() if score > 0), reverse=True)[:limit]
    assert len(hits) == len(best)
    assert len({key for key, _ in hits}) == len(hits)
    for (key, score), expected in zip(hits, best, strict=True):
        assert score == pytest.approx(exact[key], rel=TOLERANCE)
        assert score == pytest.approx(expected, rel=2 * TOLERANCE)


@pytest.fixture(scope="module", params=FORMS)
def index(request: pytest.FixtureRequest) -> Iterator[FilledIndex]:
    with filled(request, request.param, SCHEMA, documents()) as made:
        yield made


def test_the_embedded_engine_scores_the_dot_product(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    index = opened(index_file(tmp_path_factory.mktemp("scores")))
    # A file scores the weights that it is given.
    write(index, *(replace(one, terms=kept_terms(one)) for one in documents()))
    for clauses in queries():
        hits = index.search(SearchRequest(clauses, LIMIT))
        found = [(hit.document.id, hit.score) for hit in hits]
        assert_best(found, exact_scores(clauses), LIMIT)


def test_scores_are_the_dot_product_of_the_truncated_weights(index: FilledIndex) -> None:
    for clauses in queries():
        hits = index.search(SearchRequest(clauses, LIMIT))
        found = [(hit.document.id, hit.score) for hit in hits]
        assert_best(found, exact_scores(clauses), LIMIT)


def test_hits_bring_the_weights_of_the_terms_that_were_asked_for(index: FilledIndex) -> None:
    held = {document.id: document for document in documents()}
    for clauses in queries()[:10]:
        asked = {term for terms in clauses.values() for term in terms}
        for hit in index.search(SearchRequest(clauses, LIMIT)):
            assert hit.document.metadata == held[hit.document.id].metadata
            for field in clauses:
                expected = {
                    term: weight
                    for term, weight in held[hit.document.id].terms[field].items()
                    if term in asked
                }
                # As they were written, or as they are kept where the index says what it has.
                assert truncated(hit.document.terms.get(field, {})) == truncated(expected)


def test_every_odd_word_is_found_by_itself(index: FilledIndex) -> None:
    for word in ODD_WORDS:
        clauses = {"image_terms": {word: 1.5}}
        hits = index.search(SearchRequest(clauses, 1000))
        found = [(hit.document.id, hit.score) for hit in hits]
        assert_best(found, exact_scores(clauses), 1000)


def test_a_query_of_many_long_and_odd_words_is_taken(index: FilledIndex) -> None:
    odd = {f"{'x' * at} two words 😀 {at:08}" * 3: 1.0 for at in range(63)}
    terms = {words()[0]: 1.0, **odd}
    request = SearchRequest({"image_terms": terms, "caption_terms": terms}, LIMIT)
    hits = index.search(request)
    exact = exact_scores({field: {words()[0]: 1.0} for field in FIELDS})
    assert_best([(hit.document.id, hit.score) for hit in hits], exact, LIMIT)


def test_equal_scores_come_in_the_order_of_their_ids(index: FilledIndex) -> None:
    hits = index.search(SearchRequest({"image_terms": {".": 1.0, "%": 1.0}}, 500))
    ranked = [(-hit.score, hit.document.id) for hit in hits]
    assert ranked == sorted(ranked)
    assert len({score for score, _ in ranked}) < len(ranked)


def test_a_query_of_more_terms_than_the_cluster_takes_is_scored_in_full(
    index: FilledIndex,
) -> None:
    random = np.random.default_rng(22)
    clauses = {
        field: {word: float(0.1 + random.exponential()) for word in words()} for field in FIELDS
    }
    first, *others = split_clauses(clauses, 1024, 1024)
    assert len(others) > 8
    found_by_first = {key for key, score in exact_scores(first).items() if score > 0}
    exact = {
        key: score if key in found_by_first else 0.0 for key, score in exact_scores(clauses).items()
    }
    hits = index.search(SearchRequest(clauses, LIMIT))
    assert_best([(hit.document.id, hit.score) for hit in hits], exact, LIMIT)


def test_a_cluster_takes_as_many_clauses_as_the_library_thinks(index: FilledIndex) -> None:
    """The last that fits stays in the query: neither an error nor a rescore."""
    clauses = {"image_terms": dict.fromkeys(words()[-1024:], 1.0)}
    assert "rescore" not in index.body(SearchRequest(clauses))
    hits = index.search(SearchRequest(clauses, LIMIT))
    assert_best([(hit.document.id, hit.score) for hit in hits], exact_scores(clauses), LIMIT)


def test_no_term_is_pruned_from_a_sparse_vector_query(index: FilledIndex) -> None:
    if index.form != "sparse_vector":
        pytest.skip("only this form prunes")
    clauses = {"image_terms": {words()[0]: 0.1, words()[1]: 0.1, words()[-1]: 5.0}}
    body = index.body(SearchRequest(clauses, 1000))
    (clause,) = body["query"]["bool"]["should"]
    del clause["sparse_vector"]["prune"]
    clause["sparse_vector"]["pruning_config"] = {
        "tokens_freq_ratio_threshold": 5,
        "tokens_weight_threshold": 0.4,
    }
    clause["sparse_vector"]["prune"] = True
    pruned = index.send(body)
    assert pruned.status == 200, pruned.body
    hits = index.search(SearchRequest(clauses, 1000))
    assert len(pruned.body["hits"]["hits"]) < len(hits)
    found = [(hit.document.id, hit.score) for hit in hits]
    assert_best(found, exact_scores(clauses), 1000)
