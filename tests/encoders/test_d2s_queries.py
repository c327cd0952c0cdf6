"""How a D2S model encodes queries, as the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.errors import UsageError
from lsr_opensearch.models import describe_model


def test_a_network_that_the_model_does_not_have_cannot_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSR_OS_QUERIES", "network")
    encoder = D2SEncoder(tmp_path, describe_model("basic"))
    with pytest.raises(UsageError, match=r"LSR_OS_QUERIES .*models export .*--dense-model"):
        encoder.encode_queries(["dog"])
