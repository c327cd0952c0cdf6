"""Which form of mapping and query a server gets, and what its indexes leave out of documents."""

from __future__ import annotations

from typing import get_args

import pytest

from lsr_opensearch.engines.cluster.connection.port import Engine, ServerInfo
from lsr_opensearch.engines.cluster.dialects import Dialect, dialect

Version = tuple[int, int, int]
LEFT_OUT = "index.mapping.exclude_source_vectors"
# As Elasticsearch numbers the formats of its indexes: those of 8.19.21 and 9.5.0, and the last one
# that keeps vectors.
MADE_BY = {"8.19": "8537000", "9.1": "9034000", "9.5": "9107000"}


@pytest.mark.parametrize("version", [(8, 19, 0), (9, 5, 0)])
def test_the_query_for_sparse_vectors_is_used_where_there_is_one(version: Version) -> None:
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector", {})
    assert spoken.form == "sparse_vector"


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("version", [(2, 19, 6), (7, 17, 29), (9, 5, 0), None])
def test_rank_features_are_searched_alike_everywhere(
    engine: Engine, version: Version | None
) -> None:
    assert dialect(ServerInfo(engine, version), "rank_features", {}) == Dialect("rank_features")


@pytest.mark.parametrize("version", [(8, 11, 0), (8, 18, 0), None])
def test_an_index_with_sparse_vectors_is_searched_by_terms_where_a_query_for_it_may_be_missing(
    version: Version | None,
) -> None:
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector", {})
    assert spoken.form == "sparse_vector_terms"


@pytest.mark.parametrize("server", [(9, 5, 0), None])
@pytest.mark.parametrize(("made_by", "left_out"), [("8.19", False), ("9.1", False), ("9.5", True)])
def test_what_an_index_leaves_out_is_told_by_what_made_it_and_not_by_the_server(
    server: Version | None, made_by: str, left_out: bool
) -> None:
    settings = {"index.version.created": MADE_BY[made_by]}
    spoken = dialect(ServerInfo("elasticsearch", server), "sparse_vector", settings)
    assert spoken.vectors_left_out is left_out


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_setting_of_the_index_has_the_last_word(value: str) -> None:
    settings = {"index.version.created": MADE_BY["9.5"], LEFT_OUT: value}
    spoken = dialect(ServerInfo("elasticsearch", None), "sparse_vector", settings)
    assert spoken.vectors_left_out is (value == "true")


@pytest.mark.parametrize(
    ("version", "left_out"), [((8, 19, 0), False), ((9, 2, 0), True), (None, True)]
)
def test_where_the_index_tells_nothing_vectors_are_asked_for_unless_the_server_is_known_to_be_old(
    version: Version | None, left_out: bool
) -> None:
    """An old server refuses to be asked, which is seen; words that do not come are not."""
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector", {})
    assert spoken.vectors_left_out is left_out
