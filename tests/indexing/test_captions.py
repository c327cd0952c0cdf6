"""Captions in every form that people have them in, and what is said of rows that make no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.errors import CaptionFileError
from lsr_opensearch.indexing.captions import CaptionTable, clean_text, read_captions


def table_of(folder: Path, name: str, content: str | bytes) -> CaptionTable:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_captions(path)


def captions_of(table: CaptionTable, relative: bytes) -> tuple[str, ...] | None:
    row = table.find(relative)
    return None if row is None else row.captions


# One caption, in every form

FORMS = {
    "header.csv": "file,caption\nbeach.jpg,two dogs\n",
    "plain.csv": "beach.jpg,two dogs\n",
    "semicolons.csv": "filename;description\nbeach.jpg;two dogs\n",
    "plain.tsv": "beach.jpg\ttwo dogs\n",
    "header.tsv": "image\ttext\nbeach.jpg\ttwo dogs\n",
    "bom.csv": "\ufefffile,caption\nbeach.jpg,two dogs\n",
    "windows.csv": "file,caption\r\nbeach.jpg,two dogs\r\n",
    "spaces.csv": "File Name,Caption\nbeach.jpg,two dogs",
    "rows.jsonl": '{"file": "beach.jpg", "caption": "two dogs"}\n',
    "list.jsonl": '{"image": "beach.jpg", "captions": ["two dogs"]}\n',
    "metadata.jsonl": '{"file_name": "beach.jpg", "text": "two dogs"}\n',
    "bom.jsonl": '\ufeff{"file": "beach.jpg", "caption": "two dogs"}',
    "list.json": '[{"image": "beach.jpg", "caption": "two dogs"}]',
    "lines.json": '{"file": "beach.jpg", "caption": "two dogs"}\n'
    '{"file": "x.jpg", "caption": "x"}\n',
    "coco.json": json.dumps(
        {
            "images": [{"id": 7, "file_name": "beach.jpg"}],
            "annotations": [{"id": 1, "image_id": 7, "caption": "two dogs"}],
        }
    ),
    "karpathy.json": json.dumps(
        {"images": [{"filename": "beach.jpg", "sentences": [{"raw": "two dogs"}]}]}
    ),
    "no_suffix": "beach.jpg\ttwo dogs\n",
    "csv_inside.txt": "file,caption\nbeach.jpg,two dogs\n",
    "json_inside.txt": '{"file": "beach.jpg", "caption": "two dogs"}\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_the_same_caption_is_read_from_every_form(tmp_path: Path, name: str) -> None:
    table = table_of(tmp_path, name, FORMS[name])
    assert (captions_of(table, b"beach.jpg"), table.problems) == (("two dogs",), ())


# CSV and TSV


def test_quotes_delimiters_and_newlines_work_inside_quotes(tmp_path: Path) -> None:
    content = 'file,caption\n"a, b.jpg","He said ""stop"",\nand left"\n'
    table = table_of(tmp_path, "c.csv", content)
    assert captions_of(table, b"a, b.jpg") == ('He said "stop", and left',)


def test_a_quote_in_the_middle_of_a_field_stays(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.tsv", 'a.jpg\tA sign that says "stop"\n')
    assert captions_of(table, b"a.jpg") == ('A sign that says "stop"',)


def test_other_columns_become_extra_metadata(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, "c.csv", "id,File,Caption,Album\n7,a.jpg,dogs,Norway\n8,b.jpg,cats,\n"
    )
    rows = [table.find(name) for name in (b"a.jpg", b"b.jpg")]
    assert [row and row.extra for row in rows] == [{"id": "7", "Album": "Norway"}, {"id": "8"}]


def test_all_caption_columns_are_captions(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.csv", "path,title,description\na.jpg,Dogs,Two dogs play\n")
    assert captions_of(table, b"a.jpg") == ("Two dogs play", "Dogs")


def test_a_missing_second_caption_is_no_problem(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, "c.csv", "path,title,description\na.jpg,Dogs,\nb.jpg,Cats,Two cats\n"
    )
    assert (captions_of(table, b"a.jpg"), table.problems) == (("Dogs",), ())


def test_a_field_of_a_million_characters_is_read(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.csv", f'file,caption\na.jpg,"{"dog " * 250_000}"\n')
    assert len(captions_of(table, b"a.jpg")[0]) == 9_999  # type: ignore[index]


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.csv", "\nfile,caption\n\na.jpg,dogs\n\n")
    assert (captions_of(table, b"a.jpg"), table.problems) == (("dogs",), ())


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("a.jpg,one, two", "line 2: 3 columns where 2 were expected"),
        ("a.jpg", "line 2: 1 columns where 2 were expected"),
        ("a.jpg,", "line 2: the caption of a.jpg is empty."),
        (",dogs", "line 2: the file name is empty."),
        ("a.jpg,dogs\na.jpg,dogs", "line 3: a.jpg has this caption already: 'dogs'."),
        ('a.jpg,"dogs" and cats', "line 2: not understood"),
        ('a.jpg,"never closed\nb.jpg,cats', "line 2: not understood"),
        ('"a\nb.jpg",dogs\nc.jpg', "line 4: 1 columns"),
    ],
)
def test_a_bad_row_is_reported_with_its_line(tmp_path: Path, rows: str, problem: str) -> None:
    table = table_of(tmp_path, "c.csv", f"file,caption\n{rows}\nfine.jpg,fine")
    assert [text[: len(problem)] for text in table.problems] == [problem]


def test_a_bad_row_does_not_take_the_others_along(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.csv", "file,caption\na.jpg,x,y\nb.jpg,cats\n")
    assert (captions_of(table, b"a.jpg"), captions_of(table, b"b.jpg")) == (None, ("cats",))


def test_a_quote_that_is_never_closed_costs_one_row_and_not_the_rest(tmp_path: Path) -> None:
    rows = 'a.jpg,"never closed\n' + "".join(f"{number}.jpg,cats\n" for number in range(9))
    table = table_of(tmp_path, "c.csv", "file,caption\n" + rows)
    assert len(table) == 9


def test_three_columns_without_a_header_are_not_guessed_at(tmp_path: Path) -> None:
    with pytest.raises(CaptionFileError, match=r"c\.csv, line 1: .*header"):
        table_of(tmp_path, "c.csv", "a.jpg,dogs,cats\n")


# JSON


def test_several_captions_and_extra_keys_are_read(tmp_path: Path) -> None:
    row = {"file": "a.jpg", "captions": ["one", "two"], "album": "Norway", "stars": 5}
    table = table_of(tmp_path, "c.jsonl", json.dumps(row))
    found = table.find(b"a.jpg")
    assert found is not None
    assert (found.captions, found.extra) == (("one", "two"), {"album": "Norway", "stars": 5})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{not json", "line 2: not a JSON object"),
        ("[1, 2]", "line 2: not a JSON object."),
        ('{"caption": "dogs"}', "line 2: no file name"),
        ('{"file": 7, "caption": "dogs"}', "line 2: no file name"),
        ('{"file": "a.jpg", "caption": 7}', "line 2: a caption that is not text was left out."),
        ('{"file": "a.jpg"}', "line 2: no caption for a.jpg."),
        ('{"file": "a.jpg", "caption": ""}', "line 2: the caption of a.jpg is empty."),
        ('{"file": "\\ud83d.jpg", "caption": "x"}', "line 2: the file name '\\ud83d.jpg' cannot"),
        ("[" * 100_000, "line 2: not a JSON object"),
        ('{"file": "a.jpg", "stars": %s}' % ("9" * 9999), "line 2: not a JSON object"),
    ],
)
def test_a_bad_line_is_reported_with_its_number(tmp_path: Path, row: str, problem: str) -> None:
    table = table_of(tmp_path, "c.jsonl", f'{{"file": "b.jpg", "text": "x"}}\n{row}\n')
    assert table.problems[0][: len(problem)] == problem


def test_nan_in_extra_metadata_is_left_out(tmp_path: Path) -> None:
    table = table_of(tmp_path, "c.jsonl", '{"file": "a.jpg", "text": "x", "score": NaN}')
    assert table.find(b"a.jpg").extra == {}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r'"note": "cut \ud83d"', {"note": "cut "}),
        (r'"no\udc00te": 1', {"note": 1}),
        (r'"\ud83d": 1', {}),
        (r'"note": ["a\ud83d", {"b": "\ud83d"}]', {"note": ["a", {"b": ""}]}),
    ],
)
def test_half_a_character_in_extra_metadata_is_left_out_and_reported(
    tmp_path: Path, written: str, kept: dict[str, object]
) -> None:
    row = '{"file": "a.jpg", "caption": "my mug", ' + written + "}"
    table = table_of(tmp_path, "c.jsonl", row)
    found = table.find(b"a.jpg")
    assert found is not None
    assert (found.captions, found.extra) == (("my mug",), kept)
    assert table.problems == ("line 1: half a character was left out of the metadata of a.jpg.",)


def test_a_whole_character_that_json_writes_as_two_halves_stays(tmp_path: Path) -> None:
    row = r'{"file": "a.jpg", "caption": "mug", "note": "\ud83d\ude00"}'
    table = table_of(tmp_path, "c.jsonl", row)
    found = table.find(b"a.jpg")
    assert found is not None
    assert found.extra == {"note": "\U0001f600"}
    assert table.problems == ()


def test_coco_gives_every_image_its_captions(tmp_path: Path) -> None:
    content = {
        "info": {},
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 10, "height": 9, "license": 3},
            {"id": 2, "file_name": "b.jpg"},
        ],
        "annotations": [
            {"image_id": 2, "id": 8, "caption": "a cat"},
            {"image_id": 1, "id": 9, "caption": "a dog"},
            {"image_id": 1, "id": 10, "caption": "one dog"},
        ],
    }
    table = table_of(tmp_path, "captions_val.json", json.dumps(content))
    found = table.find(b"a.jpg")
    assert found is not None
    assert (found.captions, found.extra) == (("a dog", "one dog"), {"id": 1, "license": 3})


def test_coco_annotations_without_an_image_are_reported(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 5, "caption": "y"}, {}],
    }
    table = table_of(tmp_path, "c.json", json.dumps(content))
    assert table.problems == (
        "annotations entry 3: no image_id and caption.",
        "annotations: there is no image with the id 5.",
    )


def test_the_instances_file_of_coco_is_refused_with_the_right_name(tmp_path: Path) -> None:
    content = {"images": [], "annotations": [{"image_id": 1, "bbox": [0, 0, 1, 1]}]}
    with pytest.raises(CaptionFileError, match="captions_"):
        table_of(tmp_path, "instances_val.json", json.dumps(content))


KARPATHY = {
    "dataset": "coco",
    "images": [
        {
            "filepath": "val2014",
            "filename": "COCO_val2014_000000391895.jpg",
            "sentids": [1, 2],
            "imgid": 0,
            "split": "test",
            "cocoid": 391895,
            "sentences": [
                {"tokens": ["a", "man"], "raw": "A man on a motorcycle.", "imgid": 0, "sentid": 1},
                {"tokens": ["man"], "raw": "Man riding a motor bike.", "imgid": 0, "sentid": 2},
            ],
        }
    ],
}


@pytest.mark.parametrize(
    "relative", [b"val2014/COCO_val2014_000000391895.jpg", b"COCO_val2014_000000391895.jpg"]
)
def test_a_karpathy_split_is_found_with_and_without_its_folder(
    tmp_path: Path, relative: bytes
) -> None:
    table = table_of(tmp_path, "dataset_coco.json", json.dumps(KARPATHY))
    assert captions_of(table, relative) == ("A man on a motorcycle.", "Man riding a motor bike.")


def test_a_karpathy_split_keeps_the_name_of_the_split(tmp_path: Path) -> None:
    table = table_of(tmp_path, "dataset_coco.json", json.dumps(KARPATHY))
    row = table.find(b"COCO_val2014_000000391895.jpg")
    assert row is not None
    assert row.extra == {"imgid": 0, "split": "test", "cocoid": 391895}


def test_a_split_of_a_hundred_megabytes_on_one_line_is_read(tmp_path: Path) -> None:
    # COCO's split is published like that.
    padded = {**KARPATHY, "note": "x" * 70_000_000}
    table = table_of(tmp_path, "dataset_coco.json", json.dumps(padded))
    assert len(table) == 1


# Files that are no caption files


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.csv", b"file,caption\na.jpg,caf\xe9\n", r"c\.csv, line 2: the text is not UTF-8"),
        ("c.csv", "file,caption\n".encode("utf-16"), "UTF-16"),
        ("c.json", b'{"images": [', "not valid JSON"),
        ("c.json", b'{"a": 1}', "neither COCO captions, nor a Karpathy split"),
        ("c.json", b"[" * 100_000, "nested too deeply"),
        ("c.jsonl", b"not json\n", r"no captions could be read \(line 1: not a JSON object"),
        ("c.csv", b"", "the file is empty"),
        ("c.bin", bytes(range(256)), "not UTF-8"),
    ],
)
def test_a_file_that_is_not_understood_is_an_error_with_a_next_step(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(CaptionFileError, match=message) as caught:
        table_of(tmp_path, name, content)
    assert caught.value.next_step
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(("name", "reason"), [("missing.csv", "No such file"), ("", "Is a dir")])
def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(CaptionFileError, match=reason):
        read_captions(tmp_path / name)


# Cleaning


@given(st.text())
def test_cleaned_text_is_one_short_line_that_utf8_can_hold(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned.encode("utf-8").decode() == clean_text(cleaned)
    assert len(cleaned.splitlines()) <= 1


def test_control_characters_vanish_and_white_space_is_squeezed() -> None:
    assert clean_text(" two\x00 \t\r\n dogs\u3000\x07 ") == "two dogs"


def test_a_caption_has_at_most_ten_thousand_characters() -> None:
    assert len(clean_text("x" * 100_000)) == 10_000
