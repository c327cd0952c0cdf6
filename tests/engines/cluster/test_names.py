"""Index names that a cluster accepts."""

from __future__ import annotations

import pytest

from lsr_opensearch.engines.cluster.names import check_name, generation, generation_number
from lsr_opensearch.errors import UsageError


@pytest.mark.parametrize("name", ["photos", "photos-2024", "my.photos", "p", "lsr-test-0a"])
def test_a_plain_name_is_accepted(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "Photos", "-photos", "_all", "+a", ".hidden", "a b", "a/b", "a*", "a,b", "a#b", "a:b"],
)
def test_a_name_that_a_cluster_refuses_is_refused_before_it_is_asked(name: str) -> None:
    with pytest.raises(UsageError, match="lower-case"):
        check_name(name)


@pytest.mark.parametrize("name", ["é", "a" * 300, "photos.", "..", "a\n"])
def test_what_only_looks_like_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="lower-case"):
        check_name(name)


def test_the_number_of_an_index_is_read_from_its_name_alone() -> None:
    assert generation_number("photos", generation("photos", 12)) == 12
    assert generation_number("photos", "photos-extra-000001") == 0
    assert generation_number("photos", "other-000001") == 0
    assert generation_number("photos", "photos") == 0
