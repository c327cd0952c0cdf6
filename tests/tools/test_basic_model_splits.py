"""Splits: groups of like pictures stay together, and no stamp is trained on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.basic_model import splits


@given(st.text())
def test_no_stamp_is_trained_on(caption: str) -> None:
    assert splits.stamp_split(splits.stamp_group(caption)) in ("val", "test")


def test_stamps_with_the_same_words_are_one_group() -> None:
    assert splits.stamp_group("A dog.") == splits.stamp_group("a DOG 2")


def test_numbered_drawings_of_one_folder_are_one_group() -> None:
    folders = ["animals"]
    first = splits.openclipart_group(folders, "fox_01")
    assert first == splits.openclipart_group(folders, "fox_02")


def test_drawings_of_different_folders_are_different_groups() -> None:
    fox = splits.openclipart_group(["animals"], "fox")
    assert fox != splits.openclipart_group(["logos"], "fox")


def test_about_a_tenth_of_openclipart_is_for_the_test() -> None:
    drawn = [splits.openclipart_split(f"o:animals/{n}") for n in range(2000)]
    assert 0.08 < drawn.count("test") / len(drawn) < 0.12


def test_the_bucket_of_a_group_never_changes() -> None:
    assert splits.bucket("o:animals/fox") == 201
