"""What differs between the clusters that can be talked to, as data."""

from __future__ import annotations

from dataclasses import dataclass

from lsr_opensearch.engines.cluster.connection.port import ServerInfo
from lsr_opensearch.engines.cluster.mapping import FieldType
from lsr_opensearch.query.bodies import QueryForm

# Elasticsearch: the field type and `term` on it; the query of that name, which was a part of the
# machine learning module before, and gone where that is switched off; hits without vectors.
_SPARSE_VECTOR_FIELD = (8, 11, 0)
_SPARSE_VECTOR_QUERY = (8, 19, 0)
_VECTORS_LEFT_OUT = (9, 2, 0)


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


def dialect(server: ServerInfo, field_type: FieldType) -> Dialect:
    """How an index with fields of this type is searched on this server."""
    if field_type == "rank_features":
        return Dialect("rank_features")
    version = server.version or _SPARSE_VECTOR_FIELD
    return Dialect(
        "sparse_vector" if version >= _SPARSE_VECTOR_QUERY else "sparse_vector_terms",
        vectors_left_out=version >= _VECTORS_LEFT_OUT,
    )
