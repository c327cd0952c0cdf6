"""The embedded engine against plain dictionaries, in whatever order things happen."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lsr_opensearch.engines.embedded import EmbeddedIndex
from lsr_opensearch.engines.port import Document, SearchRequest, SourceBinding, WriteBatch
from lsr_opensearch.query.filters import Filter
from tests.engines.model import expected, index_file, matched, opened

NAMES = ("photos", "Fotos ä")
ids = st.sampled_from([f"id-{number:02}" for number in range(40)])
words = st.sampled_from(["dog", "cat", "beach", "sand", "Äpfel", "naïve", "window", "東京", "a.b"])
eighths = st.integers(1, 24).map(lambda number: number / 8)
vectors = st.dictionaries(words, eighths, max_size=5)
captions = st.lists(
    st.sampled_from(["Two dogs at a window", "a dog's BEACH", "Äpfel, am Strand!", "window at a"]),
    max_size=2,
)
documents = st.builds(
    lambda document_id, image, caption, metadata: Document(
        document_id, {"image_terms": image, "caption_terms": caption}, metadata
    ),
    ids,
    vectors,
    vectors,
    st.fixed_dictionaries(
        {
            "path": st.sampled_from(["Norway/a.jpg", "norway/Ä[1].JPG", "Oslo/b?.png"]),
            "width": st.sampled_from([None, 10, 1000, 4000.5]),
            "captions": captions,
            "top_terms": st.lists(words, max_size=3),
            "keywords": st.lists(st.sampled_from(["Sommer", "ÄRGER", "x"]), max_size=2),
            "extra": st.fixed_dictionaries({"rating": st.sampled_from([1, 5, "Äußerst"])}),
        }
    ),
)
filters = st.sampled_from(
    [
        Filter("width", "ge", 1000.0),
        Filter("width", "ne", 10.0),
        Filter("width", "lt", 1000.0),
        Filter("path", "glob", "NORWAY/*"),
        Filter("path", "glob", "*ä[1].jpg"),
        Filter("path", "glob", "*/b?.png"),
        Filter("path", "eq", "norway/ä[1].jpg"),
        Filter("keywords", "eq", "ärger"),
        Filter("keywords", "ne", "sommer"),
        Filter("keywords", "glob", "som*"),
        Filter("extra.rating", "eq", "5"),
        Filter("extra.rating", "ne", "äusserst"),
        Filter("extra.none", "eq", "5"),
        Filter("source", "eq", "ONE"),
    ]
)
requests = st.builds(
    SearchRequest,
    st.fixed_dictionaries({"image_terms": vectors}, optional={"caption_terms": vectors}),
    st.integers(1, 12),
    st.lists(st.lists(words, min_size=1, max_size=2), max_size=2),
    st.lists(st.sampled_from(["AT a", "two dogs", "window", "äpfel am"]), max_size=1),
    st.lists(filters, max_size=2),
)


class IndexesInOneFile(RuleBasedStateMachine):
    """Two named indexes in one file, each with the dictionary that it should equal."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.indexes: dict[str, EmbeddedIndex] = {}
        self.held: dict[str, dict[str, Document]] = {name: {} for name in NAMES}
        self.sources: dict[str, dict[str, str]] = {name: {} for name in NAMES}

    @initialize()
    def create(self) -> None:
        for name in NAMES:
            self.indexes[name] = opened(index_file(self.folder), name, cache_bytes=20_000)

    @rule(
        name=st.sampled_from(NAMES),
        source=st.sampled_from(["one", "Two"]),
        new=st.lists(documents, max_size=8),
        gone=st.lists(ids, max_size=4),
    )
    def write(self, name: str, source: str, new: list[Document], gone: list[str]) -> None:
        self.indexes[name].bind_source(SourceBinding(source, "", ""))
        self.indexes[name].write(WriteBatch(source, new, dict.fromkeys(gone, 0)))
        for document_id in gone:
            self.held[name].pop(document_id, None)
        for one in new:
            self.held[name][one.id] = one
            self.sources[name][one.id] = source

    @rule(name=st.sampled_from(NAMES), asked=requests)
    def search(self, name: str, asked: SearchRequest) -> None:
        hits = self.indexes[name].search(asked)
        assert [(hit.document.id, hit.score) for hit in hits] == expected(
            self.held[name], self.sources[name], asked
        )
        for hit in hits:
            assert hit.document == matched(self.held[name][hit.document.id], asked)

    @rule(name=st.sampled_from(NAMES))
    def reopen(self, name: str) -> None:
        self.indexes[name].close()
        self.indexes[name] = opened(index_file(self.folder), name, cache_bytes=20_000)

    @rule(name=st.sampled_from(NAMES))
    def optimize(self, name: str) -> None:
        self.indexes[name].optimize()

    @rule(name=st.sampled_from(NAMES), source=st.sampled_from(["one", "Two"]))
    def forget(self, name: str, source: str) -> None:
        gone = [key for key in self.held[name] if self.sources[name][key] == source]
        assert self.indexes[name].forget_source(source) == len(gone)
        for document_id in gone:
            del self.held[name][document_id]

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        self.indexes[name].drop()
        assert self.indexes[name].schema() is None
        self.held[name] = {}
        self.indexes[name] = opened(index_file(self.folder), name, cache_bytes=20_000)

    @rule(name=st.sampled_from(NAMES))
    def check(self, name: str) -> None:
        assert self.indexes[name].check() == []

    @precondition(lambda self: self.indexes)
    @invariant()
    def all_documents_and_terms_are_there(self) -> None:
        for name, index in self.indexes.items():
            held = self.held[name]
            assert list(index.document_ids()) == sorted(held)
            terms = {t for one in held.values() for vector in one.terms.values() for t in vector}
            assert set(index.vocabulary()) == terms
            assert index.known_terms(["dog", "Äpfel", "nothing"]) == terms & {"dog", "Äpfel"}
            status = index.status()
            assert (status.documents, status.terms) == (len(held), len(terms))

    def teardown(self) -> None:
        for index in self.indexes.values():
            index.close()
        shutil.rmtree(self.folder)


IndexesInOneFile.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestIndexesInOneFile = IndexesInOneFile.TestCase
