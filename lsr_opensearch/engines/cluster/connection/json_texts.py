"""JSON to send, and JSON that came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson


def encoded(body: Mapping[str, Any]) -> bytes:
    """A body as it is sent, as both clients would send it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes | str) -> Any:
    """What came, decoded; text where it is no JSON, whatever it says it is."""
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    try:
        return json.loads(data)  # takes halves of surrogate pairs, which other apps may have stored
    except ValueError:
        return data if isinstance(data, str) else data.decode("utf-8", "replace")
