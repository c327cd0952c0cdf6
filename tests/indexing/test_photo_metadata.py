"""What a photo says of itself; damage is never an error, and never in the way of other fields."""

from __future__ import annotations

import io
import struct
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lsr_opensearch.errors import ImageError
from lsr_opensearch.indexing.photo_metadata import PhotoMetadata, read_photo_metadata

DESCRIPTION, MAKE, MODEL, ORIENTATION = 0x010E, 0x010F, 0x0110, 0x0112
XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
EXIF_IFD, GPS_IFD, DATE = 0x8769, 0x8825, 0x9003


def photo(
    tags: dict[int, object] | None = None,
    exif: dict[int, object] | None = None,
    gps: dict[int, object] | None = None,
    kind: str = "JPEG",
    **options: object,
) -> bytes:
    block = Image.Exif()
    block.update(tags or {})
    block.get_ifd(EXIF_IFD).update(exif or {})
    block.get_ifd(GPS_IFD).update(gps or {})
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, kind, exif=block.tobytes(), **options)
    return file.getvalue()


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def with_iptc(*records: tuple[int, int, bytes]) -> bytes:
    block = b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
        for record, number, value in records
    )
    resource = (
        b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    )
    return with_segment(photo(), 0xED, b"Photoshop 3.0\0" + resource)


def xmp_of(properties: str, doctype: str = "") -> bytes:
    return (
        f'{doctype}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{properties}</rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()


def with_xmp(properties: str, doctype: str = "") -> bytes:
    return photo(xmp=xmp_of(properties, doctype))


def test_a_photo_without_metadata_has_a_size_and_a_format() -> None:
    assert read_photo_metadata(photo()) == PhotoMetadata(40, 30, "jpeg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_format_with_exif_gives_the_same_metadata(kind: str) -> None:
    data = photo(
        {DESCRIPTION: "Two dogs", MAKE: "Canon", MODEL: "Canon EOS 5D"},
        {DATE: "2024:05:17 10:11:12"},
        {1: "S", 2: (12.0, 30.0, 0.0), 3: "W", 4: (77.0, 15.0, 36.0)},
        kind,
    )
    assert read_photo_metadata(data) == PhotoMetadata(
        40,
        30,
        kind.lower(),
        "2024-05-17T10:11:12",
        "Canon EOS 5D",
        {"lat": -12.5, "lon": -77.26},
        ("Two dogs",),
    )


def test_a_pillow_image_gives_the_same_metadata_as_its_file() -> None:
    data = photo({MAKE: "Canon", ORIENTATION: 6})
    assert read_photo_metadata(Image.open(io.BytesIO(data))) == read_photo_metadata(data)


def test_an_image_made_in_memory_has_only_a_size() -> None:
    assert read_photo_metadata(Image.new("RGB", (7, 5))) == PhotoMetadata(7, 5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_photo(kind: str, orientation: int) -> None:
    found = read_photo_metadata(photo({ORIENTATION: orientation}, kind=kind))
    assert (found.width, found.height) == ((30, 40) if orientation >= 5 else (40, 30))


def test_what_is_no_picture_is_an_error_with_its_name() -> None:
    with pytest.raises(ImageError, match=r"letter\.jpg"):
        read_photo_metadata(b"Dear Sir or Madam", name="letter.jpg")


# Date, camera, place


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024:05:17 10:11:12", "2024-05-17T10:11:12"),
        ("2024-05-17 10:11:12", "2024-05-17T10:11:12"),
        ("2024:05:17 10:11:12\0", "2024-05-17T10:11:12"),
        ("0000:00:00 00:00:00", None),
        ("2023:02:29 10:11:12", None),
        ("2024:05:17 24:00:00", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_read_if_it_is_one(written: str, read: str | None) -> None:
    assert read_photo_metadata(photo(exif={DATE: written})).taken_at == read


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("Apple", "", "Apple"),
        ("", "Pixel 8", "Pixel 8"),
        ("", "", None),
        ("  LEICA \0", "Q2\0junk", "LEICA Q2"),
    ],
)
def test_the_camera_is_named_without_repetition(make: str, model: str, camera: str | None) -> None:
    assert read_photo_metadata(photo({MAKE: make, MODEL: model})).camera == camera


def gps(**changes: object) -> dict[int, object]:
    names = {"lat_ref": 1, "lat": 2, "lon_ref": 3, "lon": 4}
    values = {"lat_ref": "N", "lat": (52.0, 31.0, 12.0), "lon_ref": "E", "lon": (13.0, 24.0, 36.0)}
    values |= changes
    return {names[name]: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("lat_ref", "lon_ref", "lat", "lon"),
    [("N", "E", 52.52, 13.41), ("S", "W", -52.52, -13.41), ("n", "w", 52.52, -13.41)],
)
def test_the_hemisphere_decides_the_sign(
    lat_ref: str, lon_ref: str, lat: float, lon: float
) -> None:
    location = read_photo_metadata(photo(gps=gps(lat_ref=lat_ref, lon_ref=lon_ref))).location
    assert location == {"lat": lat, "lon": lon}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"lat_ref": None}, id="no hemisphere"),
        pytest.param({"lon_ref": "X"}, id="unknown hemisphere"),
        pytest.param({"lat": None}, id="no latitude"),
        pytest.param({"lat": (91.0, 0.0, 0.0)}, id="latitude out of range"),
        pytest.param({"lon": (180.0, 0.0, 1.0)}, id="longitude out of range"),
        pytest.param({"lat": (1.0, 2.0)}, id="two numbers"),
        pytest.param({"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)}, id="no fix"),
    ],
)
def test_a_place_that_makes_no_sense_is_left_out(changes: dict[str, object]) -> None:
    assert read_photo_metadata(photo(gps=gps(**changes))).location is None


def test_a_zero_denominator_in_a_place_leaves_it_out() -> None:
    data = photo(gps=gps())
    seconds = struct.pack(">II", 12, 1)
    assert data.count(seconds) == 1
    damaged = data.replace(seconds, struct.pack(">II", 12, 0))
    assert read_photo_metadata(damaged).location is None


# Captions and keywords


@pytest.mark.parametrize("tag", [XP_TITLE, XP_COMMENT, XP_SUBJECT])
def test_the_texts_of_windows_explorer_are_captions(tag: int) -> None:
    data = photo({tag: "Zwei Hunde 🐕\0".encode("utf-16-le")})
    assert read_photo_metadata(data).captions == ("Zwei Hunde 🐕",)


@pytest.mark.parametrize(
    "junk",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
        "KONICA MINOLTA DIGITAL CAMERA",
        "Digital Still Camera",
        "DCIM\\100MEDIA\\DJI_0012.JPG",
        "IMG_1234.JPG",
        "default",
        "oznor",
        "",
    ],
)
def test_what_cameras_write_into_every_photo_is_no_caption(junk: str) -> None:
    assert read_photo_metadata(photo({DESCRIPTION: junk})).captions == ()


@pytest.mark.parametrize(
    "text",
    ["My first digital camera photo", "Image of a dog", "A DSC meeting in room 5", "Picture book"],
)
def test_what_people_write_is_a_caption_even_if_it_names_a_camera(text: str) -> None:
    assert read_photo_metadata(photo({DESCRIPTION: text})).captions == (text,)


def test_a_long_description_that_is_nearly_a_file_name_takes_no_time() -> None:
    text = "img" * 300 + "1" * 900 + "!"
    data = photo({DESCRIPTION: text})
    started = time.process_time()
    assert read_photo_metadata(data).captions == (text,)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_description_is_read_as_utf8_or_else_as_latin1(encoding: str) -> None:
    data = photo({DESCRIPTION: "Cafe XX am See"})
    written = "Caf\u00e9".encode(encoding)
    damaged = data.replace(b"Cafe XX"[:7], written + b" XX"[: 7 - len(written)])
    assert read_photo_metadata(damaged).captions[0].startswith("Café")


def test_iptc_captions_and_keywords_are_read() -> None:
    data = with_iptc(
        (1, 90, b"\x1b%G"),
        (2, 25, b"dog"),
        (2, 25, "Küste".encode()),
        (2, 105, b"A headline"),
        (2, 120, "Zwei Hunde an der Küste".encode()),
    )
    found = read_photo_metadata(data)
    assert found.captions == ("Zwei Hunde an der Küste", "A headline")
    assert found.keywords == ("dog", "Küste")


def test_iptc_in_latin1_is_read() -> None:
    assert read_photo_metadata(with_iptc((2, 25, "Küste".encode("latin-1")))).keywords == ("Küste",)


def test_iptc_that_breaks_off_gives_what_came_before() -> None:
    data = with_iptc((2, 25, b"dog"), (2, 120, b"Two dogs"))
    damaged = data.replace(b"\x1c\x02\x78\x00\x08", b"\x1c\x02\x78\x7f\xff")
    assert (read_photo_metadata(damaged).keywords, read_photo_metadata(damaged).captions) == (
        ("dog",),
        (),
    )


def alternatives(name: str, *items: tuple[str, str]) -> str:
    texts = "".join(f'<rdf:li xml:lang="{language}">{text}</rdf:li>' for language, text in items)
    return f"<dc:{name}><rdf:Alt>{texts}</rdf:Alt></dc:{name}>"


def test_xmp_texts_are_read_in_all_languages_the_default_first() -> None:
    data = with_xmp(
        alternatives("title", ("x-default", "Dogs"))
        + alternatives("description", ("de", "Zwei Hunde"), ("x-default", "Two dogs"))
        + "<dc:subject><rdf:Bag><rdf:li>dog</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>"
    )
    found = read_photo_metadata(data)
    assert found.captions == ("Two dogs", "Zwei Hunde", "Dogs")
    assert found.keywords == ("dog", "sea")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_xmp_is_read_in_other_formats_too(kind: str) -> None:
    packet = xmp_of(alternatives("title", ("x-default", "Dogs")))
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        data = photo(kind=kind, pnginfo=info)
    elif kind == "TIFF":
        data = photo({0x02BC: packet}, kind=kind)
    else:
        data = photo(kind=kind, xmp=packet)
    assert read_photo_metadata(data).captions == ("Dogs",)


def test_iptc_of_a_tiff_is_read() -> None:
    data = photo({0x83BB: b"\x1c\x02\x19\0\x03dog"}, kind="TIFF")
    assert read_photo_metadata(data).keywords == ("dog",)


def test_png_text_is_read() -> None:
    info = PngInfo()
    info.add_text("Title", "Dogs", zip=True)
    info.add_itxt("Description", "Zwei Hunde 🐕")
    info.add_text("Software", "a painting program")
    assert read_photo_metadata(photo(kind="PNG", pnginfo=info)).captions == (
        "Zwei Hunde 🐕",
        "Dogs",
    )


def test_the_same_text_in_several_places_comes_once() -> None:
    data = photo({DESCRIPTION: "Two dogs", XP_TITLE: "Two dogs\0".encode("utf-16-le")})
    assert read_photo_metadata(data).captions == ("Two dogs",)


def test_windows_keywords_are_split() -> None:
    data = photo({XP_KEYWORDS: "dog; sea;dog\0".encode("utf-16-le")})
    assert read_photo_metadata(data).keywords == ("dog", "sea")


def test_texts_are_cleaned_and_cut() -> None:
    data = photo({DESCRIPTION: "two\x07 \n dogs " + "x" * 20_000})
    (caption,) = read_photo_metadata(data).captions
    assert (caption[:10], len(caption)) == ("two dogs x", 10_000)


# Damage and attacks


BILLION_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


def test_an_xml_bomb_is_harmless() -> None:
    data = with_xmp(alternatives("title", ("x-default", "&j;")), BILLION_LAUGHS)
    started = time.perf_counter()
    assert read_photo_metadata(data).captions == ()
    assert time.perf_counter() - started < 1


def test_an_xml_entity_never_reads_a_file() -> None:
    doctype = '<!DOCTYPE a [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
    assert (
        read_photo_metadata(with_xmp(alternatives("title", ("x", "&j;")), doctype)).captions == ()
    )


@pytest.mark.parametrize(
    "packet", [b"<not xml", b"\xff\xfe\xff", b"", b"<?xml version='1.0' encoding='nonsense'?><a/>"]
)
def test_damaged_xmp_leaves_the_other_fields_alone(packet: bytes) -> None:
    assert read_photo_metadata(photo({MAKE: "Canon"}, xmp=packet)).camera == "Canon"


def test_tags_of_the_wrong_type_are_left_out() -> None:
    block = photo({DESCRIPTION: "Two dogs", MAKE: "Canon"})
    # The type of the description: from text (2) to a fraction (5), whose values are noise.
    damaged = block.replace(b"\x01\x0e\x00\x02", b"\x01\x0e\x00\x05")
    assert (read_photo_metadata(damaged).captions, read_photo_metadata(damaged).width) == ((), 40)


def rich_photo() -> bytes:
    return photo(
        {DESCRIPTION: "Two dogs", MAKE: "Canon", XP_TITLE: "Hunde\0".encode("utf-16-le")},
        {DATE: "2024:05:17 10:11:12"},
        gps(),
        xmp=xmp_of(alternatives("title", ("x-default", "Dogs"))),
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_metadata_is_an_error_or_makes_a_noise(draw: st.DataObject) -> None:
    data = bytearray(rich_photo())
    end = data.index(b"\xff\xdb")  # The picture itself starts with its quantisation tables.
    for _ in range(draw.draw(st.integers(1, 12))):
        # After the marker and length of the first segment: those are the file, not metadata.
        data[draw.draw(st.integers(30, end - 1))] = draw.draw(st.integers(0, 254))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = read_photo_metadata(bytes(data))
        except ImageError:
            return  # The damage hit the structure of the file.
    assert isinstance(found, PhotoMetadata)
