"""Cleaning the pictures of strangers."""

from __future__ import annotations

import hashlib
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from src.services.media.pictures import clean, shrink
from src.utils.errors import NotAPicture, PictureUnusable
from tests.factories.pictures import animated, gradient, opened, picture, png_of

SECRET = b"GPS-and-a-name"


def refusal_of(content: bytes) -> str:
    with pytest.raises(PictureUnusable) as caught:
        clean(content)
    assert caught.value.data is not None
    return str(caught.value.data["reason"])


@pytest.mark.parametrize(
    "content",
    [
        b"<?php system($_GET['c']); ?>",
        b"<html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00",
        b"GIF88a",
    ],
)
def test_what_begins_like_no_picture(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        clean(content)


def test_an_empty_file() -> None:
    assert refusal_of(b"") == "empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.7])
def test_a_picture_cut_off(kind: str, part: float) -> None:
    whole = gradient(kind, (200, 200))
    assert refusal_of(whole[: int(len(whole) * part)]) == "unreadable"


@pytest.mark.parametrize("begin", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"])
@pytest.mark.parametrize("rest", [b"", b"<?php ?>", bytes(4000), b"\xff" * 4000])
def test_a_beginning_with_nothing_behind_it(begin: bytes, rest: bytes) -> None:
    assert refusal_of(begin + rest) == "unreadable"


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (50_000, 50_000, "too_many_pixels"),
        (5_001, 5_000, "too_many_pixels"),
        (9_000, 9_000, "too_many_pixels"),
        (1, 65_535, "too_long"),
        (16_384, 1, "too_long"),
        (0, 0, "unreadable"),
        (0, 5, "unreadable"),
    ],
)
def test_a_header_is_believed_before_anything_is_decoded(width: int, height: int, reason: str) -> None:
    assert refusal_of(png_of((b"IDAT", zlib.compress(bytes(10))), width=width, height=height)) == reason


def test_the_largest_picture_there_may_be_is_taken() -> None:
    cleaned = clean(picture("PNG", (5_000, 5_000)))
    assert (cleaned.width, cleaned.height) == (5_000, 5_000)


@pytest.mark.parametrize(
    ("chunk", "begin"),
    [(b"zTXt", b"x\x00\x00"), (b"iTXt", b"x\x00\x01\x00\x00\x00"), (b"iCCP", b"x\x00\x00")],
)
def test_a_bomb_in_a_text_or_a_profile_of_a_png(chunk: bytes, begin: bytes) -> None:
    bomb = begin + zlib.compress(bytes(50_000_000))
    assert refusal_of(png_of((chunk, bomb), (b"IDAT", zlib.compress(bytes(4))))) == "unreadable"


def test_pixels_that_decompress_to_far_too_many_are_not_all_decompressed() -> None:
    cleaned = clean(png_of((b"IDAT", zlib.compress(bytes(200_000_000)))))
    assert (cleaned.width, cleaned.height) == (1, 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("frames", [2, 250])
def test_an_animation(kind: str, frames: int) -> None:
    assert refusal_of(animated(kind, frames)) == "animated"


def test_an_animation_of_very_many_frames_is_refused_for_its_second_one() -> None:
    frame = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    film = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 10_000 + b";"
    assert refusal_of(film) == "animated"
    film = png_of((b"acTL", (10_000).to_bytes(4) + bytes(4)), (b"IDAT", zlib.compress(bytes(4))))
    assert refusal_of(film) == "animated"


def test_a_page_inside_of_a_jpeg_is_no_page_any_more() -> None:
    page = b"<html><script>alert('" + SECRET + b"')</script>"
    polyglot = picture("JPEG", comment=page, icc_profile=page) + page
    cleaned = clean(polyglot)
    assert (cleaned.type.name, SECRET in cleaned.content, b"<script>" in cleaned.content) == ("JPEG", False, False)


def test_further_pictures_behind_a_jpeg_are_left_behind() -> None:
    phone = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(
        phone, "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30), "red")]
    )
    cleaned = clean(phone.getvalue())
    assert (cleaned.type.name, opened(cleaned.content).format) == ("JPEG", "JPEG")


@pytest.mark.parametrize(("kind", "written"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("GIF", "PNG"), ("WEBP", "WEBP")])
def test_a_picture_keeps_its_size_and_its_colours(kind: str, written: str) -> None:
    cleaned = clean(picture(kind, (40, 30), "teal"))
    image = opened(cleaned.content)
    assert (image.format, image.size, cleaned.width, cleaned.height) == (written, (40, 30), 40, 30)
    assert cleaned.digest == hashlib.sha256(cleaned.content).hexdigest()
    red, green, blue = image.convert("RGB").getpixel((20, 15))  # type: ignore[misc]
    assert max(red, abs(green - 128), abs(blue - 128)) <= 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_goes_and_the_picture_stands_upright(kind: str) -> None:
    image = Image.new("RGB", (40, 30))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, SECRET.decode()
    exif.get_ifd(0x8825)[0x001D] = SECRET.decode()  # the place where it was taken
    written = BytesIO()
    image.save(written, kind, exif=exif.tobytes())
    assert SECRET in written.getvalue()

    cleaned = clean(written.getvalue())

    assert SECRET not in cleaned.content
    assert opened(cleaned.content).size == (30, 40)
    assert not opened(cleaned.content).getexif()


@pytest.mark.parametrize(("kind", "where"), [("JPEG", "comment"), ("GIF", "comment"), ("JPEG", "icc"), ("PNG", "icc")])
def test_comments_and_profiles_go(kind: str, where: str) -> None:
    options: dict[str, Any] = {"icc_profile": SECRET * 20} if where == "icc" else {"comment": SECRET}
    assert SECRET not in clean(picture(kind, **options)).content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_is_appended_goes(kind: str) -> None:
    assert SECRET not in clean(picture(kind) + b"<script>" + SECRET + b"</script>").content


def test_a_gif_that_is_a_script_too_is_no_script_any_more() -> None:
    polyglot = b"GIF89a" + b"\x2f\x2a" + picture("GIF")[8:] + b"*/=1;alert('" + SECRET + b"')"
    cleaned = clean(polyglot)
    assert (cleaned.width, cleaned.type.name, SECRET in cleaned.content) == (0x2A2F, "PNG", False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (20, 10)).save(written, "PNG")
    assert opened(clean(written.getvalue()).content).size == (20, 10)


def test_a_jpeg_for_printers_becomes_one_for_screens() -> None:
    written = BytesIO()
    Image.new("CMYK", (20, 10)).save(written, "JPEG")
    assert opened(clean(written.getvalue()).content).mode == "RGB"


def test_a_transparent_palette_stays_transparent() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    written = BytesIO()
    image.save(written, "GIF", transparency=0)
    seen = opened(clean(written.getvalue()).content).convert("RGBA")
    assert [seen.getpixel((0, 0))[3], seen.getpixel((1, 0))] == [0, (0, 255, 0, 255)]  # type: ignore[index]


def test_the_same_picture_is_the_same_bytes() -> None:
    assert clean(gradient("PNG", (64, 64))).digest == clean(gradient("PNG", (64, 64))).digest


@pytest.mark.parametrize(("kind", "size", "fits"), [("JPEG", (800, 400), (200, 100)), ("PNG", (50, 90), (50, 90))])
def test_a_variant_fits_its_box_and_is_never_larger(kind: str, size: tuple[int, int], fits: tuple[int, int]) -> None:
    smaller = opened(shrink(clean(picture(kind, size)).content, width=200, height=200))
    assert (smaller.format, smaller.size) == ("WEBP", fits)
