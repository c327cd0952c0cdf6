"""The body that makes an index, and what the index then says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, get_args

from lsr_opensearch.engines.cluster.connection.port import Engine
from lsr_opensearch.engines.port import Schema, SparseField
from lsr_opensearch.errors import ClusterIndexError, UsageError

FieldType = Literal["rank_features", "sparse_vector"]
DEFAULT_FIELD_TYPE: FieldType = "rank_features"

FORMAT = 1
# How terms are written as names of features: `terms.escape_feature`.
ESCAPE = "percent"
META_KEY = "lsr_opensearch"

_FILES = files("lsr_opensearch.mappings")
_SPARSE_FIELDS = ("image_terms", "caption_terms")


@dataclass(frozen=True)
class IndexMeta:
    """What an index of this library says of itself in its mapping's ``_meta``.

    Attributes:
        rebuilt_from: UUIDs of the indexes whose place it was made to take, latest first.
    """

    schema: Schema
    field_type: FieldType
    rebuilt_from: tuple[str, ...] = ()


def check_field_type(field_type: FieldType) -> FieldType:
    """The type, if there is such a one.

    Raises:
        UsageError: there is not.
    """
    if field_type not in get_args(FieldType):
        raise UsageError(
            f"{field_type!r} is no type of fields for term weights.",
            f"Choose {' or '.join(get_args(FieldType))}.",
        )
    return field_type


def index_body(
    schema: Schema,
    name: str,
    *,
    engine: Engine,
    field_type: FieldType,
    loading: bool,
    rebuilt_from: Sequence[str] = (),
) -> dict[str, Any]:
    """Settings and mappings of a new index.

    Args:
        name: what users call it, without the number of its generation.
        loading: for a bulk load, after which `serving_settings` are to be set.
        rebuilt_from: see `IndexMeta`.

    Raises:
        ClusterIndexError: the engine does not have fields of this type.
        UsageError: a sparse field is called like something else in a document.
    """
    if field_type == "sparse_vector" and engine == "opensearch":
        raise ClusterIndexError(
            "OpenSearch has no sparse_vector field of the kind that scores exactly.",
            "Make the index with rank_features.",
        )
    body = _read_json(f"{field_type}.json")
    properties = body["mappings"]["properties"]
    definition = properties[_SPARSE_FIELDS[0]]
    for field in _SPARSE_FIELDS:
        del properties[field]
    for field in schema.fields:
        if field in properties:
            raise UsageError(
                f"A sparse field cannot be called {field!r}: documents have something else there.",
                "Give it another name, such as ocr_terms.",
            )
        properties[field] = dict(definition)
    body["mappings"]["_meta"] = {META_KEY: _meta(schema, name, field_type) | _history(rebuilt_from)}
    settings = (loading_settings() if loading else serving_settings())["index"]
    # None brings a default back, which a new index has.
    body["settings"]["index"] |= {k: v for k, v in settings.items() if v is not None}
    return body


def loading_settings() -> dict[str, Any]:
    """For a bulk load into an index that nobody searches: no refresh, no replica."""
    return _read_json("settings-loading.json")


def serving_settings() -> dict[str, Any]:
    """For searches: the cluster's own refresh, and a replica as soon as a second node is there.

    None brings the default of a setting back.
    """
    return _read_json("settings-serving.json")


def is_left_loading(settings: Mapping[str, Any]) -> bool:
    """Whether flat settings of an index still are those for a load."""
    return all(
        str(settings.get(f"index.{name}", "")).lower() == str(value).lower()
        for name, value in loading_settings()["index"].items()
    )


def read_meta(meta: Mapping[str, Any] | None) -> IndexMeta | None:
    """What the ``_meta`` of a mapping says; None where this library has not written it.

    Raises:
        ClusterIndexError: a newer version of the library wrote it, or somebody changed it.
    """
    ours = (meta or {}).get(META_KEY)
    if ours is None:
        return None
    try:
        if ours["format"] == FORMAT and ours["escape"] == ESCAPE:
            return _index_meta(ours)
        newer = ours["format"] > FORMAT
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ClusterIndexError(
            f"The _meta of the index's mapping is damaged ({error!r}).",
            "Somebody has changed it. Index the pictures anew under another name (--index NAME).",
        ) from None
    raise ClusterIndexError(
        f"The index was made by {'a newer' if newer else 'another'} version of lsr-opensearch "
        f"(format {ours['format']}, escape {ours['escape']!r}).",
        "Upgrade with: pip install --upgrade lsr-opensearch",
    )


def _read_json(name: str) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(_FILES.joinpath(name).read_text("utf-8"))
    return contents


def _meta(schema: Schema, name: str, field_type: FieldType) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": name,
        "model": schema.model,
        "escape": ESCAPE,
        "field_type": field_type,
        "fields": {
            field: {"source": one.source, "space_id": one.space_id, "weight": one.weight}
            for field, one in schema.fields.items()
        },
    }


def _history(rebuilt_from: Sequence[str]) -> dict[str, Any]:
    return {"rebuilt_from": list(rebuilt_from)} if rebuilt_from else {}


def _index_meta(ours: Mapping[str, Any]) -> IndexMeta:
    if ours["field_type"] not in get_args(FieldType):
        raise ValueError(ours["field_type"])
    fields = {
        name: SparseField(field["source"], field["space_id"], float(field["weight"]))
        for name, field in ours["fields"].items()
    }
    return IndexMeta(
        Schema(ours["model"], fields),
        ours["field_type"],
        tuple(ours.get("rebuilt_from", ())),
    )
