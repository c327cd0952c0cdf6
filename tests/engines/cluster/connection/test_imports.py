"""What is imported when: each client costs a quarter of a second."""

from __future__ import annotations

import pytest

from tests.test_imports import modules_after

OPEN = "from lsr_opensearch.engines.cluster.connection import open_connection\n"
CLIENTS = {"opensearchpy", "elasticsearch", "elastic_transport", "urllib3", "requests", "boto3"}


def test_the_names_of_the_package_import_nothing() -> None:
    code = (
        "from lsr_opensearch.engines.cluster.connection import ConnectionOptions\n"
        "from lsr_opensearch.engines.cluster.connection import error_of, is_disk_block\n"
        "import lsr_opensearch.engines.cluster.connection.port\n"
    )
    assert not modules_after(code) & {*CLIENTS, "tenacity", "asyncio", "ssl"}


@pytest.mark.parametrize(
    ("engine", "used", "other"),
    [
        ("opensearch", "opensearchpy", "elasticsearch"),
        ("elasticsearch", "elasticsearch", "opensearchpy"),
    ],
)
def test_only_the_client_of_the_engine_is_imported(engine: str, used: str, other: str) -> None:
    modules = modules_after(f"{OPEN}open_connection('{engine}+https://h', environ={{}})")
    assert used in modules
    assert other not in modules
    assert "boto3" not in modules
