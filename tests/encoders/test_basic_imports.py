"""What the bundled model imports: a text query must start in a fraction of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

QUERY = """
import sys
from lsr_opensearch.encoders import load_encoder
encoder = load_encoder("basic")
assert encoder.encode_queries(["two dogs"]) and encoder.encode_captions(["two dogs"])
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    done = subprocess.run([sys.executable, "-c", QUERY], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("package", ["numpy", "PIL", "onnxruntime", "torch", "transformers"])
def test_text_needs_no_heavy_package(imported: set[str], package: str) -> None:
    assert package not in imported
