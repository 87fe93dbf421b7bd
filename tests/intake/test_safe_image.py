"""A stranger's picture: shown as pixels we wrote ourselves, or not at all."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from careline.intake.safe_image import LONGEST_SIDE, UnsafeImage, make_safe, sniff

SECRET = b"taken at 52.5200 N 13.4050 E"


def encoded(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    colour = {"RGB": (200, 30, 30), "RGBA": (200, 30, 30, 90), "L": 90, "P": 3, "CMYK": (1, 2, 3, 4), "1": 1}[mode]
    Image.new(mode, size, colour).save(written, kind, **options)
    return written.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET.decode()
    return tags


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "mode", "becomes"),
    [
        ("JPEG", "RGB", "JPEG"), ("JPEG", "L", "JPEG"), ("JPEG", "CMYK", "JPEG"), ("PNG", "RGB", "PNG"),
        ("PNG", "RGBA", "PNG"), ("PNG", "P", "PNG"), ("PNG", "1", "PNG"), ("WEBP", "RGB", "JPEG"),
        ("WEBP", "RGBA", "PNG"), ("GIF", "P", "PNG"),
    ],
)  # fmt: skip
def test_what_people_send_is_shown(kind: str, mode: str, becomes: str) -> None:
    safe = make_safe(encoded(kind, mode=mode))
    assert (sniff(safe.data), safe.width, safe.height) == (becomes, 40, 30)
    with Image.open(io.BytesIO(safe.data)) as shown:
        shown.load()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_left(kind: str) -> None:
    options = {"exif": exif(), "icc_profile": SECRET * 8}
    if kind == "JPEG":
        options["comment"] = SECRET
    data = encoded(kind, **options) + b"<script>alert(1)</script>"
    assert SECRET in data
    safe = make_safe(data).data
    assert SECRET not in safe
    assert b"<script>" not in safe
    with Image.open(io.BytesIO(safe)) as shown:
        assert not shown.getexif()
        assert not {"icc_profile", "comment", "exif"} & shown.info.keys()


def test_a_photo_that_lies_on_its_side_is_put_upright() -> None:
    safe = make_safe(encoded("JPEG", exif=exif(orientation=6)))
    assert (safe.width, safe.height) == (30, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longest_side_is_bounded(kind: str) -> None:
    safe = make_safe(encoded(kind, (4096, 1024)))
    assert (safe.width, safe.height) == (LONGEST_SIDE, 512)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(make_safe(written.getvalue()).data)) as shown:
        assert shown.convert("RGB").getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.parametrize("side", [5_001, 12_000, 60_000])
def test_too_many_pixels_are_not_even_decoded(side: int) -> None:
    with pytest.raises(UnsafeImage, match="too many pixels"):
        make_safe(png_claiming(side, side))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"%PDF-1.7", b"MZ" * 100,
        b"%!PS-Adobe-3.0 EPSF-3.0\n", b"II*\x00" + b"\0" * 100, b"BM" + b"\0" * 100, b"GIF89a",
        b"\xff\xd8\xff", b"RIFF0000WEBP", b"\x89PNG\r\n\x1a\n", encoded("BMP"), encoded("TIFF"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(UnsafeImage):
        make_safe(data)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    cut=st.integers(0, 2000),
    places=st.lists(st.tuples(st.integers(0, 1999), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_is_shown_or_refused_and_never_an_error(
    kind: str, cut: int, places: list[tuple[int, int]]
) -> None:
    data = bytearray(encoded(kind, mode="P" if kind == "GIF" else "RGB")[: cut + 8])
    for place, value in places:
        data[place % len(data)] = value
    try:
        assert sniff(make_safe(bytes(data)).data) in {"JPEG", "PNG"}
    except UnsafeImage as error:
        assert str(error).endswith(".")
