"""Documents as a cluster holds them, and back."""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import replace
from typing import Any

import orjson

from lsr_opensearch.engines.cluster.term_digests import TERMS, has_its_terms, term_digests
from lsr_opensearch.engines.port import Document
from lsr_opensearch.errors import UsageError
from lsr_opensearch.query.bodies.conditions import CAPTION_WORDS, caption_words
from lsr_opensearch.query.bodies.filter_values import FILTER_VALUES, filter_values
from lsr_opensearch.query.metadata import METADATA_FIELDS, captions
from lsr_opensearch.query.text import storable
from lsr_opensearch.terms import TermWeights, escape_features, unescape_feature

MANIFEST = "manifest"
# The longest _id of both engines; a longer one fails the whole request that it is in.
MAX_ID_BYTES = 512

_METADATA_FIELDS = frozenset(METADATA_FIELDS)
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


def encode_document(
    document: Document,
    *,
    source: str,
    fields: Collection[str],
    manifest: Mapping[str, Any] | None = None,
) -> bytes:
    """The document as JSON on one line, as it is sent.

    Args:
        source: name of the source that it belongs to.
        fields: the sparse fields of the index.
        manifest: what is to be kept beside it of the file that it was made from.

    Raises:
        UsageError: something that the cluster would refuse, or would take and lose: an id that is
            too long, a field that the index does not have, metadata that is no JSON.
    """
    _check(document, fields)
    metadata = document.metadata
    said = captions(metadata)
    body: dict[str, Any] = {"id": document.id, **metadata, "source": source}
    body[FILTER_VALUES] = filter_values(metadata, source)
    if said:
        body[CAPTION_WORDS] = caption_words(said)
    body[MANIFEST] = {**(manifest or {}), TERMS: term_digests(document.terms)}
    for field, weights in document.terms.items():
        body[field] = escape_features(weights)
    try:
        line = orjson.dumps(body, _plain, _OPTIONS)
    except TypeError:
        line = _encode_storable(document, body)
    # What is not finite would be written as null.
    if b"null" in line and not _is_finite(body):
        raise _no_json(document, "a number that is not finite")
    return line


def decode_source(
    document_id: str,
    source: Mapping[str, Any],
    fields: Collection[str],
    asked: Set[str] | None = None,
) -> Document:
    """The document of an ``_id`` and its ``_source``, or of what was asked for of it.

    What another program has written among the terms, and this library never would, is left out;
    such a document lacks its terms.

    Args:
        fields: the sparse fields of the index.
        asked: the only terms that are wanted; all by default.
    """
    terms: dict[str, TermWeights] = {}
    is_ours = True
    for field in fields:
        features = source.get(field)
        if not features:
            continue
        try:
            read = _terms(features)
        except (TypeError, ValueError, OverflowError, AttributeError):
            read = _readable_terms(features)
            is_ours = False
        terms[field] = dict(read) if asked is None else {t: w for t, w in read if t in asked}
    metadata = {name: value for name, value in source.items() if name in _METADATA_FIELDS}
    return Document(document_id, terms, metadata, has_its_terms=is_ours)


def decode_whole(hit: Mapping[str, Any], fields: Collection[str]) -> Document:
    """The document of a hit that brings all of it, and whether it has its terms.

    Args:
        fields: the sparse fields of the index.
    """
    document = decode_source(hit["_id"], hit["_source"], fields)
    return replace(
        document,
        revision=hit["_version"],
        has_its_terms=document.has_its_terms and has_its_terms(hit["_source"], document.terms),
    )


def _check(document: Document, fields: Collection[str]) -> None:
    if not document.id or len(document.id.encode("utf-8", "replace")) > MAX_ID_BYTES:
        raise UsageError(
            f"A cluster takes no id of {len(document.id)} characters ({document.id[:60]!r}…)."
            if document.id
            else "A document has an empty id.",
            f"Ids have between 1 and {MAX_ID_BYTES} bytes.",
        )
    unknown = document.terms.keys() - set(fields)
    if unknown:
        raise UsageError(
            f"The document {document.id!r} has terms in fields that the index does not have: "
            f"{', '.join(sorted(unknown))}.",
            f"The sparse fields of the index are: {', '.join(fields)}.",
        )
    unknown = document.metadata.keys() - _METADATA_FIELDS
    if unknown:
        raise UsageError(
            f"The document {document.id!r} has metadata that a cluster's mapping does not know: "
            f"{', '.join(sorted(map(str, unknown)))}.",
            "Put metadata of your own under 'extra'.",
        )


def _terms(features: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    # Elasticsearch writes float32 weights with as few digits as tell them from other float32s.
    weights = array("f", features.values())
    terms: Iterable[str] = features
    names = "".join(features)
    if "." in names:
        raise ValueError("a name that is not escaped")
    if "%" in names:
        # A list, lest what cannot be read be found out after some of it was used.
        terms = [unescape_feature(name) for name in features]
    return zip(terms, weights, strict=True)


def _readable_terms(features: object) -> Iterable[tuple[str, float]]:
    """What can be read of features that are not all ours."""
    for name, weight in features.items() if isinstance(features, Mapping) else ():
        try:
            yield from _terms({name: weight})
        except (TypeError, ValueError, OverflowError):
            continue


def _plain(value: object) -> object:
    """Of a value that JSON does not have: one that it has."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _encode_storable(document: Document, body: Mapping[str, Any]) -> bytes:
    """A document with text that is no UTF-8, which loses what makes it so."""
    try:
        return orjson.dumps(_storable(body), _plain, _OPTIONS)
    except TypeError as error:
        raise _no_json(document, error) from None


def _no_json(document: Document, why: object) -> UsageError:
    return UsageError(
        f"The document {document.id!r} cannot be stored as JSON ({why}).",
        "Use strings, finite numbers, booleans, lists and dictionaries with string keys.",
    )


def _is_finite(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _storable(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value
