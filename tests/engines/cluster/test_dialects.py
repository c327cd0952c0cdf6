"""Which form of mapping and query a server gets."""

from __future__ import annotations

from typing import get_args

import pytest

from lsr_opensearch.engines.cluster.connection.port import Engine, ServerInfo
from lsr_opensearch.engines.cluster.dialects import Dialect, dialect

Version = tuple[int, int, int]


@pytest.mark.parametrize(("version", "left_out"), [((8, 19, 0), False), ((9, 2, 0), True)])
def test_the_query_for_sparse_vectors_is_used_where_there_is_one(
    version: Version, left_out: bool
) -> None:
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector")
    assert spoken == Dialect("sparse_vector", left_out)


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("version", [(2, 19, 6), (7, 17, 29), (9, 5, 0), None])
def test_rank_features_are_searched_alike_everywhere(
    engine: Engine, version: Version | None
) -> None:
    assert dialect(ServerInfo(engine, version), "rank_features") == Dialect("rank_features")


@pytest.mark.parametrize("version", [(8, 11, 0), (8, 18, 0), None])
def test_an_index_with_sparse_vectors_is_searched_by_terms_where_there_is_no_query_for_it(
    version: Version | None,
) -> None:
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector")
    assert spoken == Dialect("sparse_vector_terms")
