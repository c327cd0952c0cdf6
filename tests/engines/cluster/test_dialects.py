"""Which form of mapping and query a server gets."""

from __future__ import annotations

import pytest

from lsr_opensearch.engines.cluster.connection.port import Engine, ServerInfo
from lsr_opensearch.engines.cluster.dialects import Dialect, default_field_type, dialect

Version = tuple[int, int, int]


@pytest.mark.parametrize(
    ("engine", "version", "field_type", "spoken"),
    [
        ("opensearch", (2, 19, 6), "rank_features", Dialect("rank_features")),
        ("opensearch", (3, 6, 0), "rank_features", Dialect("rank_features")),
        ("opensearch", None, "rank_features", Dialect("rank_features")),
        ("elasticsearch", (7, 17, 29), "rank_features", Dialect("rank_features")),
        ("elasticsearch", (8, 18, 0), "rank_features", Dialect("rank_features")),
        ("elasticsearch", (8, 19, 0), "sparse_vector", Dialect("sparse_vector")),
        ("elasticsearch", (9, 2, 0), "sparse_vector", Dialect("sparse_vector", True)),
        ("elasticsearch", None, "rank_features", Dialect("rank_features")),
    ],
)
def test_a_new_index(
    engine: Engine, version: Version | None, field_type: str, spoken: Dialect
) -> None:
    server = ServerInfo(engine, version)
    chosen = default_field_type(server)
    assert chosen == field_type
    assert dialect(server, chosen) == spoken


@pytest.mark.parametrize("version", [(8, 11, 0), (8, 18, 0), None])
def test_an_index_with_sparse_vectors_is_searched_by_terms_where_there_is_no_query_for_it(
    version: Version | None,
) -> None:
    spoken = dialect(ServerInfo("elasticsearch", version), "sparse_vector")
    assert spoken == Dialect("sparse_vector_terms")


def test_an_index_of_rank_features_stays_one_when_the_server_is_upgraded() -> None:
    assert dialect(ServerInfo("elasticsearch", (9, 5, 0)), "rank_features").form == "rank_features"
