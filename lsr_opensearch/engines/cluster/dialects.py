"""What differs between the clusters that can be talked to, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lsr_opensearch.engines.cluster.connection.port import ServerInfo
from lsr_opensearch.engines.cluster.mapping import FieldType
from lsr_opensearch.query.bodies import QueryForm

# Elasticsearch: the query for sparse_vector, which was a part of the machine learning module
# before, and gone where that is switched off. `term` finds the same in every version.
_SPARSE_VECTOR_QUERY = (8, 19, 0)
# Elasticsearch since 9.2: whether an index leaves vectors out of its documents is settled when it
# is made, by a setting, or else by the version of its format (of indexes, not of servers:
# IndexVersions.EXCLUDE_SOURCE_VECTORS_DEFAULT in Elasticsearch's source).
_LEFT_OUT_SETTING = "index.mapping.exclude_source_vectors"
_FORMAT_SETTING = "index.version.created"
_FORMAT_LEFT_OUT = 9_035_000
_SERVER_LEFT_OUT = (9, 2, 0)


@dataclass(frozen=True)
class Dialect:
    """How to ask for what an index of one field type holds.

    Attributes:
        form: how the scored part of a query is written.
        vectors_left_out: term weights of sparse_vector fields come with documents only when they
            are asked for with ``exclude_vectors: false``, which older versions refuse.
    """

    form: QueryForm
    vectors_left_out: bool = False


def dialect(server: ServerInfo, field_type: FieldType, settings: Mapping[str, str]) -> Dialect:
    """How an index with fields of this type is searched and read on this server.

    Args:
        settings: of the index, flat. Whoever may read the index may read them, while the server's
            version is not for everyone.
    """
    if field_type == "rank_features":
        return Dialect("rank_features")
    has_query = server.version is not None and server.version >= _SPARSE_VECTOR_QUERY
    return Dialect(
        "sparse_vector" if has_query else "sparse_vector_terms",
        vectors_left_out=_leaves_vectors_out(server, settings),
    )


def _leaves_vectors_out(server: ServerInfo, settings: Mapping[str, str]) -> bool:
    """Where nothing tells, yes: an old server refuses to be asked, a new one would leave out the
    words without a sign."""
    if _LEFT_OUT_SETTING in settings:
        return settings[_LEFT_OUT_SETTING] == "true"
    made_as = settings.get(_FORMAT_SETTING, "")
    if made_as.isdecimal():
        return int(made_as) >= _FORMAT_LEFT_OUT
    return server.version is None or server.version >= _SERVER_LEFT_OUT
